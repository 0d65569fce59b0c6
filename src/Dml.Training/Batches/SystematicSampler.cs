using Dml.Training.Catalogues;
using Dml.Training.Numerics;

namespace Dml.Training.Batches;

/// <summary>
/// C classes a batch, each with the one picture that represents it for some epochs and m - 1 others of its pictures: first the
/// representatives, then one other picture of every class, and so on. O. Can, Y. Z. Gürbüz, A. A. Alatan, "Deep Metric Learning with
/// Alternating Projections onto Feasible Sets", ICIP 2021, arXiv 1907.07585; the order is that of the authors' later code.
/// </summary>
internal sealed class SystematicSampler : ISampler
{
    private readonly Options _options;
    private readonly int _seed;
    private readonly RepresentativePictures _representatives;

    public sealed record Options
    {
        /// <summary>C, classes of a batch; where there are fewer to train on, all of them.</summary>
        public int Classes { get; init; } = 8;

        /// <summary>m, pictures of each class, its representative among them.</summary>
        public int Pictures { get; init; } = 4;

        /// <summary>Epochs that representatives stay; equal to the loss's option.</summary>
        public int Lifetime { get; init; } = 1;

        /// <summary>Passes over all classes in an epoch.</summary>
        public int Passes { get; init; } = 10;
    }

    public SystematicSampler(Options options, SamplerContext context)
    {
        if (options.Classes < 1 || options.Pictures < 1 || options.Lifetime < 1 || options.Passes < 1)
        {
            throw new RecipeException(
                $"sampler systematic: expected at least 1 class, picture, epoch of lifetime and pass; found {options.Classes}, "
                    + $"{options.Pictures}, {options.Lifetime} and {options.Passes}.");
        }

        _representatives = new(context);
        (_options, _seed) = (options with { Classes = Math.Min(options.Classes, _representatives.ClassCount) }, context.Seed);
    }

    public int BatchSize => _options.Classes * _options.Pictures;

    public int BatchesPerEpoch => _options.Passes * ((_representatives.ClassCount + _options.Classes - 1) / _options.Classes);

    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        var random = new Random(Seeds.Mix(_seed, epoch));
        var batches = _representatives.Batches(epoch / _options.Lifetime, random);
        var classes = new ClassPasses(_representatives.ClassCount, random);
        return [.. Enumerable.Range(0, BatchesPerEpoch).Select(_ => batches.Of([.. classes.Take(_options.Classes)], _options.Pictures))];
    }
}
