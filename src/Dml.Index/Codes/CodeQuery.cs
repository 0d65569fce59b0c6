using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dml.Index.Kernels;

namespace Dml.Index.Codes;

/// <summary>A query, or a slot used as one, prepared for comparison with codes. Reused, so that a search allocates nothing.</summary>
internal sealed class CodeQuery
{
    // Pinned and aligned to a cache line, so that every load of a kernel touches one line, not two.
    private byte[] _bytes = [];
    private int _start;

    /// <summary>Factor of the integer sum.</summary>
    public float Scale { get; set; }

    /// <summary>Factor of the sum of the code's own numbers.</summary>
    public float CodeSumFactor { get; set; }

    /// <summary>Factor of the code's offset.</summary>
    public float OffsetFactor { get; set; }

    /// <summary>Added to every score.</summary>
    public float Constant { get; set; }

    /// <summary>The first of the values that <see cref="Values"/> has returned.</summary>
    public ref T First<T>()
        where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), _start));

    /// <summary>Room for so many values, whose contents are undefined.</summary>
    public Span<T> Values<T>(int count)
        where T : unmanaged
    {
        var bytes = count * Unsafe.SizeOf<T>();
        if (_bytes.Length < bytes + ICodeKernel.Block)
        {
            _bytes = GC.AllocateArray<byte>(bytes + ICodeKernel.Block, pinned: true);
            unsafe
            {
                _start = (int)(-(nint)Unsafe.AsPointer(ref _bytes[0]) & (ICodeKernel.Block - 1));
            }
        }

        return MemoryMarshal.CreateSpan(ref First<T>(), count);
    }
}
