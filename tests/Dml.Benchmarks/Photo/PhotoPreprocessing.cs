using Dml.Embedding;
using Dml.Embedding.Adoption;
using Dml.Photo;

namespace Dml.Benchmarks.Photo;

/// <summary>How photo's pictures are prepared, as models/photo/model.json states it.</summary>
internal static class PhotoPreprocessing
{
    public static Preprocessing Value { get; } = PreprocessingPresets.All["cntk"] with { InputSize = PhotoNetwork.Side };
}
