using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>
/// C classes a batch, each with the one picture that represents it for a while and m - 1 others of its pictures: first the representatives, then one other picture of every class, and so on.
/// O. Can, Y. Z. Gürbüz, A. A. Alatan, "Deep Metric Learning with Alternating Projections onto Feasible Sets", ICIP 2021, arXiv 1907.07585; the order is that of the authors' later code.
/// </summary>
internal sealed class SystematicSampler : ISampler
{
    private readonly Options options;
    private readonly int seed;
    private readonly RepresentativePictures representatives;

    public sealed record Options
    {
        /// <summary>C, classes of a batch; where there are fewer to train on, all of them.</summary>
        public int Classes { get; init; } = 8;

        /// <summary>m, pictures of each class, its representative among them.</summary>
        public int Pictures { get; init; } = 4;

        /// <summary>Epochs that representatives stay; the loss's own.</summary>
        public int Lifetime { get; init; } = 1;

        /// <summary>Passes over all classes in an epoch.</summary>
        public int Passes { get; init; } = 10;
    }

    public SystematicSampler(Options options, SamplerContext context)
    {
        if (options.Classes < 1 || options.Pictures < 1 || options.Lifetime < 1 || options.Passes < 1)
        {
            throw new RecipeException($"sampler systematic: expected at least 1 class, picture, epoch of lifetime and pass; found {options.Classes}, {options.Pictures}, {options.Lifetime} and {options.Passes}.");
        }

        representatives = new(context);
        (this.options, seed) = (options with { Classes = Math.Min(options.Classes, representatives.ClassCount) }, context.Seed);
    }

    public int BatchSize => options.Classes * options.Pictures;

    public int BatchesPerEpoch => options.Passes * ((representatives.ClassCount + options.Classes - 1) / options.Classes);

    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        var random = new Random(Seeds.Mix(seed, epoch));
        var batches = representatives.Batches(epoch / options.Lifetime, random);
        var classes = new ClassPasses(representatives.ClassCount, random);
        return [.. Enumerable.Range(0, BatchesPerEpoch).Select(_ => batches.Of([.. classes.Take(options.Classes)], options.Pictures))];
    }
}
