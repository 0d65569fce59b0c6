using TorchSharp;
using TorchSharp.Interop;

namespace Dml.Torch;

/// <summary>
/// Runs convolutions and matrix products in a narrow type while it is open, on the calling thread only: PyTorch's
/// <c>torch.autocast</c>. TorchSharp has no name for it, which is why it stands in Dml.Torch's own namespace.
/// Leave it before the loss and before backward.
/// </summary>
public sealed class Autocast : IDisposable
{
    private readonly int _device;
    private readonly int _wasOn;
    private readonly int _wasType;
    private bool _disposed;

    /// <param name="device">The CPU, or CUDA.</param>
    /// <param name="type">BFloat16; on CUDA also Float16.</param>
    public Autocast(DeviceType device, torch.ScalarType type)
    {
        if (type != torch.ScalarType.BFloat16 && !(type == torch.ScalarType.Float16 && device == DeviceType.CUDA))
            throw new ArgumentException($"Autocast on {device} does not work with {type}: use BFloat16 (on CUDA also Float16).", nameof(type));
        _device = (int)device;
        Native.Check(Native.dml_autocast(_device, 1, (int)type, out _wasOn, out _wasType));
    }

    /// <summary>Puts back what was set before.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Native.Check(Native.dml_autocast(_device, _wasOn, _wasType, out _, out _));
    }
}
