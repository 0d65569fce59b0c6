using System.Diagnostics.CodeAnalysis;

namespace Dml.Index;

/// <summary>
/// How an <see cref="HnswIndex"/> writes the vectors that its walks look at. Hits are ranked by the vectors themselves
/// whatever the code; a shorter code costs less time for each slot seen, and ranks the slots less exactly on the way.
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
