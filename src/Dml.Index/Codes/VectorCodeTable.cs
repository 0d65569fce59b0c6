using Dml.Index.Storage;

namespace Dml.Index.Codes;

/// <summary>All codes. A new code is one file and one line here; the tests run over the table.</summary>
internal static class VectorCodeTable
{
    public static VectorCodes Create(VectorCode code, VectorStore vectors) => code switch
    {
        VectorCode.Float32 => new Float32Codes(vectors),
        VectorCode.Int8 => CodeKernels.Best.Codes<BytePacking>(vectors.Dimension, vectors.Metric),
        VectorCode.Int4 => CodeKernels.Best.Codes<HalfBytePacking>(vectors.Dimension, vectors.Metric),
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "The code must be Float32, Int8 or Int4."),
    };
}
