namespace Dml.Index.Kernels;

/// <summary>Runs on every machine; the reference for the tests of the other kernels.</summary>
internal sealed class ScalarKernel : IVectorKernel
{
    public string Name => "scalar";

    public bool IsSupported => true;

    public float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    public float SquaredL2(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var difference = a[i] - b[i];
            sum += difference * difference;
        }

        return sum;
    }
}
