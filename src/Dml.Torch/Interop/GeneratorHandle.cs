using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>One reference to a native random number generator.</summary>
internal sealed class GeneratorHandle : SafeHandle
{
    public GeneratorHandle(nint handle) : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.dml_generator_free(handle);
        return true;
    }
}
