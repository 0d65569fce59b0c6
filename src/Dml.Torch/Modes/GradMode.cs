namespace TorchSharp.Interop;

/// <summary>Turns the recording of gradients on or off for the calling thread until disposed.</summary>
internal sealed class GradMode : IDisposable
{
    private readonly int _was;
    private bool _disposed;

    public GradMode(bool on) => _was = Native.dml_grad_mode(on ? 1 : 0);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _ = Native.dml_grad_mode(_was);
    }
}
