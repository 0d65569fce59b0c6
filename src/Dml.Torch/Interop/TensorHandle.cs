using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>One reference to a native tensor, given back by Dispose or by the finalizer.</summary>
internal sealed class TensorHandle : SafeHandle
{
    public TensorHandle(nint handle) : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.dml_tensor_free(handle);
        return true;
    }
}
