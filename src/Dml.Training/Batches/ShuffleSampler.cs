using Dml.Training.Catalogues;
using Dml.Training.Numerics;

namespace Dml.Training.Batches;

/// <summary>Plain shuffling.</summary>
internal sealed class ShuffleSampler : ISampler
{
    private readonly SamplerContext _context;

    public sealed record Options
    {
        /// <summary>Pictures of a batch.</summary>
        public int BatchSize { get; init; } = 128;
    }

    public ShuffleSampler(Options options, SamplerContext context)
    {
        if (options.BatchSize < 1 || options.BatchSize > context.Labels.Count)
        {
            throw new RecipeException(
                $"sampler shuffle: batchSize {options.BatchSize} does not fit {context.Labels.Count} training pictures.");
        }

        (BatchSize, _context) = (options.BatchSize, context);
    }

    public int BatchSize { get; }

    public int BatchesPerEpoch => _context.Labels.Count / BatchSize;

    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, _context.Labels.Count)];
        new Random(Seeds.Mix(_context.Seed, epoch)).Shuffle(order);
        return [.. order.Chunk(BatchSize).Take(BatchesPerEpoch)];
    }
}
