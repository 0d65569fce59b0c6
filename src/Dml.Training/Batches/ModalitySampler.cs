using Dml.Training.Catalogues;
using Dml.Training.Numerics;

namespace Dml.Training.Batches;

/// <summary>
/// P classes × K pictures of each of two modalities. Classes that have only one are left out; visits of any two others differ by at most
/// one.
/// </summary>
internal sealed class ModalitySampler : ISampler
{
    private readonly Options _options;
    private readonly int _seed;

    // By class, then by modality.
    private readonly int[][][] _pictures;

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
            throw new RecipeException(
                $"sampler modalities: expected at least 1 class and at least 1 picture of each modality; found classes {options.Classes}, "
                    + $"pictures {options.Pictures}.");
        }

        if (context.Modalities.Count != context.Labels.Count)
        {
            throw new RecipeException(
                "sampler modalities: these pictures are all of one kind; expected a dataset of two, such as two-modality or emoji-sketches."
            );
        }

        _pictures = [.. context.PicturesByClass()
            .Select(own => (int[][])[[.. own.Where(i => context.Modalities[i] == 0)], [.. own.Where(i => context.Modalities[i] == 1)]])
            .Where(own => own.All(kind => kind.Length > 0))];
        if (_pictures.Length == 0)
        {
            throw new RecipeException("sampler modalities: no class has pictures of both kinds.");
        }

        (_options, _seed) = (options with { Classes = Math.Min(options.Classes, _pictures.Length) }, context.Seed);
        var usable = _pictures.Sum(own => own.Sum(kind => kind.Length));
        BatchesPerEpoch = Math.Max(
            (_pictures.Length + _options.Classes - 1) / _options.Classes, (int)Math.Round((double)usable / BatchSize));
    }

    public int BatchSize => _options.Classes * _options.Pictures * 2;

    public int BatchesPerEpoch { get; }

    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        var random = new Random(Seeds.Mix(_seed, epoch));
        var decks = _pictures.Select(own => own.Select(kind => new PictureDeck(kind, random)).ToArray()).ToArray();
        var passes = new ClassPasses(_pictures.Length, random);
        var batches = new int[BatchesPerEpoch][];
        for (var b = 0; b < batches.Length; b++)
        {
            batches[b] =
            [
                .. passes.Take(_options.Classes).SelectMany(label => decks[label].SelectMany(deck => deck.Deal(_options.Pictures))),
            ];
        }

        return batches;
    }
}
