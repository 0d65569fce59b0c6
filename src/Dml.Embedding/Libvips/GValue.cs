using System.Runtime.InteropServices;

namespace Dml.Embedding.Libvips;

/// <summary>GLib's box for a value of any type (gvalue.h): its type and two machine words.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GValue
{
    private readonly nuint _type;
    private readonly long _first;
    private readonly long _second;
}
