using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>An argument or a result of a boxed operator call: dml_value of dml_torch.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Value
{
    [FieldOffset(0)] public ValueTag Tag;
    [FieldOffset(4)] public int Length;
    [FieldOffset(8)] public long Int;
    [FieldOffset(8)] public double Double;
    [FieldOffset(8)] public nint Pointer;
}
