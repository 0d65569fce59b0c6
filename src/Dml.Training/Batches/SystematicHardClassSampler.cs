using System.Numerics.Tensors;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Numerics;
using Dml.Training.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Batches;

/// <summary>
/// As <see cref="SystematicSampler"/>, with similar classes in the same batch: a class drawn at random, the classes whose
/// representatives are nearest to its own, and classes drawn at random for the rest. The idea is the paper's (arXiv 1907.07585); the
/// procedure is derived. Distances are those at the start of the epoch, between unit vectors.
/// </summary>
internal sealed class SystematicHardClassSampler : IAdaptiveSampler
{
    private readonly Options _options;
    private readonly int _seed;
    private readonly RepresentativePictures _representatives;
    private float[][] _vectors = [];

    public sealed record Options
    {
        /// <summary>C, classes of a batch; where there are fewer to train on, all of them.</summary>
        public int Classes { get; init; } = 8;

        /// <summary>m, pictures of each class, its representative among them.</summary>
        public int Pictures { get; init; } = 4;

        /// <summary>
        /// Classes that are taken for their nearness; null: half of the batch, rounded up. All of the others would be the hardest, and may
        /// collapse.
        /// </summary>
        public int? Nearest { get; init; }

        /// <summary>Epochs that representatives stay; equal to the loss's option.</summary>
        public int Lifetime { get; init; } = 1;

        /// <summary>Batches of an epoch, as passes over all classes.</summary>
        public int Passes { get; init; } = 10;
    }

    public SystematicHardClassSampler(Options options, SamplerContext context)
    {
        if (options.Classes < 1 || options.Pictures < 1 || options.Lifetime < 1 || options.Passes < 1 || options.Nearest < 0)
        {
            throw new RecipeException(
                $"sampler systematic-hard-class: expected at least 1 class, picture, epoch of lifetime and pass and nearest of at least "
                    + $"0; found {options.Classes}, {options.Pictures}, {options.Lifetime}, {options.Passes} and {options.Nearest}.");
        }

        _representatives = new(context);
        (_options, _seed) = (options with { Classes = Math.Min(options.Classes, _representatives.ClassCount) }, context.Seed);
    }

    public int BatchSize => _options.Classes * _options.Pictures;

    public int BatchesPerEpoch => _options.Passes * ((_representatives.ClassCount + _options.Classes - 1) / _options.Classes);

    public void BeginEpoch(EpochStart start)
    {
        var places = _representatives.After(start.Epoch / _options.Lifetime).Select(p => (long)p).ToArray();
        var rows = F.normalize(start.Embeddings.index_select(0, tensor(places).to(start.Embeddings.device)));
        _vectors = [.. rows.ToFloats().Chunk((int)rows.shape[1])];
    }

    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        var random = new Random(Seeds.Mix(_seed, epoch));
        var batches = _representatives.Batches(epoch / _options.Lifetime, random);
        return [.. Enumerable.Range(0, BatchesPerEpoch).Select(_ => batches.Of(Classes(random), _options.Pictures))];
    }

    private int[] Classes(Random random)
    {
        var first = random.Next(_representatives.ClassCount);
        var near = Math.Min(_options.Nearest ?? (_options.Classes + 1) / 2, _options.Classes - 1);
        // Without embeddings, as before the first epoch of a test, all others are drawn.
        int[] chosen = [first, .. _vectors.Length == 0 ? [] : Nearest(_vectors, first, near)];
        int[] others = [.. Enumerable.Range(0, _representatives.ClassCount).Except(chosen)];
        random.Shuffle(others);
        return [.. chosen, .. others.Take(_options.Classes - chosen.Length)];
    }

    /// <summary>The classes whose representatives are nearest to that of <paramref name="from"/>, nearest first.</summary>
    internal static int[] Nearest(float[][] vectors, int from, int count) =>
        [
            .. Enumerable
                .Range(0, vectors.Length)
                .Where(c => c != from)
                .OrderBy(c => TensorPrimitives.Distance<float>(vectors[from], vectors[c]))
                .ThenBy(c => c)
                .Take(count),
        ];
}
