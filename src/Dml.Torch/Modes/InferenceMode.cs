namespace TorchSharp.Interop;

/// <summary>Inference mode for the calling thread until disposed: no gradients, no version counting.</summary>
internal sealed class InferenceMode(bool on) : IDisposable
{
    private nint _guard = Native.dml_inference_mode_enter(on ? 1 : 0);

    public void Dispose()
    {
        if (_guard == 0) return;
        Native.dml_inference_mode_leave(_guard);
        _guard = 0;
    }
}
