using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>P classes × K pictures. An epoch is about as many pictures as there are, and visits every class at least once; visits of any two classes differ by at most one.</summary>
internal sealed class BalancedSampler : ISampler
{
    private readonly Options options;
    private readonly int seed;
    private readonly int[][] pictures;

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
            throw new RecipeException($"sampler balanced: expected at least 1 class and at least 1 picture of each; found classes {options.Classes}, pictures {options.Pictures}.");
        }
        (this.options, seed) = (options with { Classes = Math.Min(options.Classes, context.ClassCount) }, context.Seed);
        pictures = [.. Enumerable.Range(0, context.Labels.Count).GroupBy(i => context.Labels[i]).OrderBy(g => g.Key).Select(g => g.ToArray())];
        BatchesPerEpoch = Math.Max((pictures.Length + this.options.Classes - 1) / this.options.Classes, (int)Math.Round((double)context.Labels.Count / BatchSize));
    }

    public int BatchSize => options.Classes * options.Pictures;

    public int BatchesPerEpoch { get; }

    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        var random = new Random(Seeds.Mix(seed, epoch));
        var decks = pictures.Select(own => new PictureDeck(own, random)).ToArray();
        var passes = new ClassPasses(pictures.Length, random);
        var batches = new int[BatchesPerEpoch][];
        for (var b = 0; b < batches.Length; b++)
        {
            batches[b] = [.. passes.Take(options.Classes).SelectMany(label => decks[label].Deal(options.Pictures))];
        }
        return batches;
    }
}
