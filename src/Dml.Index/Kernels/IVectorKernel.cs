namespace Dml.Index.Kernels;

/// <summary>
/// The two sums that a search spends its time on, for one instruction set. Both spans have the same length, at least 1;
/// callers check that. Kernels differ only in the order of the additions.
/// </summary>
internal interface IVectorKernel
{
    /// <summary>Name for logs and test output.</summary>
    string Name { get; }

    /// <summary>Whether this machine has the instructions.</summary>
    bool IsSupported { get; }

    /// <summary>Sum of a[i] * b[i].</summary>
    float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b);

    /// <summary>Sum of (a[i] - b[i])^2.</summary>
    float SquaredL2(ReadOnlySpan<float> a, ReadOnlySpan<float> b);
}
