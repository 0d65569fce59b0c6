using System.Diagnostics.CodeAnalysis;

namespace Dml.Index;

/// <summary>
/// How an <see cref="HnswIndex"/> encodes the vectors that its walks compare. Hits are ranked by the vectors themselves,
/// whatever the code. A shorter code is faster to compare and less exact.
/// </summary>
[SuppressMessage("Naming", "CA1720", Justification = "These are the names of the codes.")]
public enum VectorCode
{
    /// <summary>The vectors themselves, four bytes a component.</summary>
    Float32 = 0,

    /// <summary>
    /// One byte a component between the vector's least and largest one (locally-adaptive quantisation without the common
    /// mean, Aguerrebere et al. 2023, arXiv:2304.04759, equation 2).
    /// </summary>
    Int8 = 1,

    /// <summary>The same with four bits a component.</summary>
    Int4 = 2,
}
