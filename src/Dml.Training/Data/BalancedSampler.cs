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
        var waiting = new List<int>();
        var batches = new int[BatchesPerEpoch][];
        for (var b = 0; b < batches.Length; b++)
        {
            batches[b] = [.. TakeClasses(waiting, random).SelectMany(label => decks[label].Deal(options.Pictures))];
        }
        return batches;
    }

    // Passes over all classes follow each other, each in its own order. Where a batch spans two passes, a class of the old one must not come twice: it waits for the next batch.
    private List<int> TakeClasses(List<int> waiting, Random random)
    {
        var taken = new List<int>(options.Classes);
        for (var i = 0; taken.Count < options.Classes; i++)
        {
            if (i == waiting.Count)
            {
                int[] pass = [.. Enumerable.Range(0, pictures.Length)];
                random.Shuffle(pass);
                waiting.AddRange(pass);
            }
            if (!taken.Contains(waiting[i]))
            {
                taken.Add(waiting[i]);
                waiting.RemoveAt(i--);
            }
        }
        return taken;
    }
}
