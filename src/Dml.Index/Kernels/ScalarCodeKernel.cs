using System.Runtime.CompilerServices;

namespace Dml.Index.Kernels;

/// <summary>Runs on every machine; the reference for the tests of the other code kernels.</summary>
internal readonly struct ScalarCodeKernel : ICodeKernel
{
    public string Name => "scalar";

    public bool IsSupported => true;

    public int Dot(ref byte code, ref sbyte query, int length)
    {
        var sum = 0;
        for (var i = 0; i < length; i++)
        {
            sum += Unsafe.Add(ref code, i) * Unsafe.Add(ref query, i);
        }

        return sum;
    }

    public int DotOfHalves(ref byte code, ref sbyte query, int length)
    {
        var sum = 0;
        for (var i = 0; i < length; i++)
        {
            ref var low = ref Unsafe.Add(ref query, i + (i & -ICodeKernel.Block));
            int both = Unsafe.Add(ref code, i);
            sum += ((both & 15) * low) + ((both >> 4) * Unsafe.Add(ref low, ICodeKernel.Block));
        }

        return sum;
    }
}
