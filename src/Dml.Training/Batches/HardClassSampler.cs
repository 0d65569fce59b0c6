using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Numerics;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Batches;

/// <summary>
/// Hard negative class mining: K. Sohn, "Improved Deep Metric Learning with Multi-class N-pair Loss Objective", NIPS 2016, section 3.2. A
/// batch begins with a class at random; of drawn candidate classes it takes, one after the other, the one that violates the triplet
/// constraint most with those taken. The paper mines with two pictures of every candidate embedded for the batch; here classes are compared
/// by the unit embeddings of two of their pictures from before the epoch, and the score, the greatest of a(k)·p(c) - a(k)·p(k) and
/// a(c)·p(k) - a(c)·p(c) over the classes k taken, is derived from its wording.
/// </summary>
internal sealed class HardClassSampler : IAdaptiveSampler
{
    private readonly Options _options;
    private readonly int _seed;
    private readonly int[][] _pictures;
    private float[][] _embeddings = [];

    public sealed record Options
    {
        /// <summary>Classes of a batch; where there are fewer to train on, all of them.</summary>
        public int Classes { get; init; } = 60;

        /// <summary>Pictures of each class; a class that has fewer repeats its own.</summary>
        public int Pictures { get; init; } = 2;

        /// <summary>Classes that a batch is chosen from, at least its classes; where there are fewer, all of them.</summary>
        public int Candidates { get; init; } = 240;
    }

    public HardClassSampler(Options options, SamplerContext context)
    {
        if (options.Classes < 1 || options.Pictures < 1 || options.Candidates < options.Classes)
        {
            throw new RecipeException(
                $"sampler hard-classes: expected at least 1 class, 1 picture of each and as many candidates as classes; found classes "
                    + $"{options.Classes}, pictures {options.Pictures}, candidates {options.Candidates}.");
        }

        (_options, _seed) = (
            options with
            {
                Classes = Math.Min(options.Classes, context.ClassCount),
                Candidates = Math.Min(options.Candidates, context.ClassCount),
            },
            context.Seed);
        _pictures = context.PicturesByClass();
        BatchesPerEpoch = Math.Max(1, (int)Math.Round((double)context.Labels.Count / BatchSize));
    }

    public int BatchSize => _options.Classes * _options.Pictures;

    public int BatchesPerEpoch { get; }

    public void BeginEpoch(EpochStart start)
    {
        using var scope = NewDisposeScope();
        var rows = F.normalize(start.Embeddings).to(float32).cpu().contiguous();
        _embeddings = [.. rows.data<float>().ToArray().Chunk((int)rows.shape[1])];
    }

    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        var random = new Random(Seeds.Mix(_seed, epoch));
        return ClassBatches.Deal(_pictures, _options.Pictures, BatchesPerEpoch, random, passes =>
        {
            var candidates = passes.Take(_options.Candidates);
            return _embeddings.Length == 0 ? candidates.Take(_options.Classes) : Hardest(candidates, random);
        });
    }

    /// <summary>The first candidate, then each time the hardest of the rest. Ties: the first.</summary>
    private List<int> Hardest(List<int> candidates, Random random)
    {
        var pairs = candidates.ToDictionary(label => label, label => Pair(_pictures[label], random));
        var violations = candidates.Skip(1).ToDictionary(label => label, _ => double.NegativeInfinity);
        var taken = new List<int> { candidates[0] };
        while (taken.Count < _options.Classes)
        {
            var last = pairs[taken[^1]];
            foreach (var label in violations.Keys.ToArray())
            {
                var own = pairs[label];
                var violation = Math.Max(Dot(last.A, own.P) - Dot(last.A, last.P), Dot(own.A, last.P) - Dot(own.A, own.P));
                violations[label] = Math.Max(violations[label], violation);
            }

            var next = violations.MaxBy(pair => pair.Value).Key;
            taken.Add(next);
            violations.Remove(next);
        }

        return taken;
    }

    private static (int A, int P) Pair(int[] own, Random random)
    {
        var anchor = random.Next(own.Length);
        var other = own.Length > 1 ? (anchor + 1 + random.Next(own.Length - 1)) % own.Length : anchor;
        return (own[anchor], own[other]);
    }

    private float Dot(int one, int other) => System.Numerics.Tensors.TensorPrimitives.Dot<float>(_embeddings[one], _embeddings[other]);
}
