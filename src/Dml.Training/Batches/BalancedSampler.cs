using Dml.Training.Catalogues;
using Dml.Training.Numerics;

namespace Dml.Training.Batches;

/// <summary>
/// P classes × K pictures. An epoch is about as many pictures as there are, and visits every class at least once; visits of any two classes
/// differ by at most one.
/// </summary>
internal sealed class BalancedSampler : ISampler
{
    private readonly Options _options;
    private readonly int _seed;
    private readonly int[][] _pictures;

    public sealed record Options
    {
        /// <summary>P, classes of a batch; where there are fewer to train on, all of them.</summary>
        public int Classes { get; init; } = 32;

        /// <summary>K, pictures of each class; a class that has fewer repeats its own.</summary>
        public int Pictures { get; init; } = 4;
    }

    public BalancedSampler(Options options, SamplerContext context)
    {
        if (options.Classes < 1 || options.Pictures < 1)
        {
            throw new RecipeException(
                $"sampler balanced: expected at least 1 class and at least 1 picture of each; found classes {options.Classes}, pictures "
                    + $"{options.Pictures}.");
        }

        (_options, _seed) = (options with { Classes = Math.Min(options.Classes, context.ClassCount) }, context.Seed);
        _pictures = context.PicturesByClass();
        BatchesPerEpoch = Math.Max(
            (_pictures.Length + _options.Classes - 1) / _options.Classes, (int)Math.Round((double)context.Labels.Count / BatchSize));
    }

    public int BatchSize => _options.Classes * _options.Pictures;

    public int BatchesPerEpoch { get; }

    public IReadOnlyList<int[]> Epoch(int epoch) =>
        ClassBatches.Deal(_pictures, _options.Pictures, BatchesPerEpoch, new Random(Seeds.Mix(_seed, epoch)), passes =>
            passes.Take(_options.Classes));
}
