namespace Dml.Training.Batches;

/// <summary>What a sampler knows of the training pictures.</summary>
/// <param name="Labels">The dense class index of every picture.</param>
/// <param name="ClassCount">Classes.</param>
/// <param name="Seed">The recipe's seed.</param>
public sealed record SamplerContext(IReadOnlyList<int> Labels, int ClassCount, int Seed)
{
    /// <summary>The modality of every picture, 0 or 1; empty where there is one.</summary>
    public IReadOnlyList<int> Modalities { get; init; } = [];

    /// <summary>The pictures of every class that has any, classes in ascending order.</summary>
    internal int[][] PicturesByClass() =>
        [.. Enumerable.Range(0, Labels.Count).GroupBy(i => Labels[i]).OrderBy(own => own.Key).Select(own => own.ToArray())];
}
