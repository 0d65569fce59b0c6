using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>P classes × K pictures of each of two modalities. Classes that have only one are left out; visits of any two others differ by at most one.</summary>
internal sealed class ModalitySampler : ISampler
{
    private readonly Options options;
    private readonly int seed;

    // By class, then by modality.
    private readonly int[][][] pictures;

    public sealed record Options
    {
        /// <summary>P, classes of a batch; where there are fewer to train on, all of them.</summary>
        public int Classes { get; init; } = 16;

        /// <summary>K, pictures of each class and modality; a class that has fewer repeats its own.</summary>
        public int Pictures { get; init; } = 4;
    }

    public ModalitySampler(Options options, SamplerContext context)
    {
        if (options.Classes < 1 || options.Pictures < 1)
        {
            throw new RecipeException($"sampler modalities: expected at least 1 class and at least 1 picture of each modality; found classes {options.Classes}, pictures {options.Pictures}.");
        }
        if (context.Modalities.Count != context.Labels.Count)
        {
            throw new RecipeException("sampler modalities: these pictures are all of one kind; expected a dataset of two, such as two-modality or emoji-sketches.");
        }
        pictures = [.. context.PicturesByClass()
            .Select(own => (int[][])[[.. own.Where(i => context.Modalities[i] == 0)], [.. own.Where(i => context.Modalities[i] == 1)]])
            .Where(own => own.All(kind => kind.Length > 0))];
        if (pictures.Length == 0)
        {
            throw new RecipeException("sampler modalities: no class has pictures of both kinds.");
        }
        (this.options, seed) = (options with { Classes = Math.Min(options.Classes, pictures.Length) }, context.Seed);
        var usable = pictures.Sum(own => own.Sum(kind => kind.Length));
        BatchesPerEpoch = Math.Max((pictures.Length + this.options.Classes - 1) / this.options.Classes, (int)Math.Round((double)usable / BatchSize));
    }

    public int BatchSize => options.Classes * options.Pictures * 2;

    public int BatchesPerEpoch { get; }

    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        var random = new Random(Seeds.Mix(seed, epoch));
        var decks = pictures.Select(own => own.Select(kind => new PictureDeck(kind, random)).ToArray()).ToArray();
        var passes = new ClassPasses(pictures.Length, random);
        var batches = new int[BatchesPerEpoch][];
        for (var b = 0; b < batches.Length; b++)
        {
            batches[b] = [.. passes.Take(options.Classes).SelectMany(label => decks[label].SelectMany(deck => deck.Deal(options.Pictures)))];
        }
        return batches;
    }
}
