using System.Numerics.Tensors;

namespace Dml.Training.Evaluation;

/// <summary>Exact nearest neighbours among the rows of one matrix, a block of queries at a time: memory stays at blocks × rows, never rows × rows.</summary>
internal static class NearestNeighbours
{
    private const int QueriesPerBlock = 16;

    /// <summary>Gives every query its nearest other rows, best first: by dot product, descending; equal ones by index. The query itself is left out by its index, so that a duplicate of it still counts.</summary>
    /// <param name="vectors">Unit vectors, [rows, dimension].</param>
    /// <param name="dimension">Length of a row.</param>
    /// <param name="count">How many neighbours a query wants.</param>
    /// <param name="visit">Called once per query, on any thread: query and its neighbours' indices.</param>
    /// <param name="cancel">Stops between blocks.</param>
    public static void ForEach(float[] vectors, int dimension, Func<int, int> count, NeighbourVisitor visit, CancellationToken cancel)
    {
        var rows = vectors.Length / dimension;
        var blocks = (rows + QueriesPerBlock - 1) / QueriesPerBlock;
        var options = new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, blocks, options, () => new Workspace(rows), (block, _, workspace) =>
        {
            var first = block * QueriesPerBlock;
            var queries = Math.Min(QueriesPerBlock, rows - first);
            for (var row = 0; row < rows; row++)
            {
                // One row against every query of the block while the row is in cache.
                var vector = vectors.AsSpan(row * dimension, dimension);
                for (var q = 0; q < queries; q++)
                {
                    workspace.Scores[q][row] = TensorPrimitives.Dot(vector, vectors.AsSpan((first + q) * dimension, dimension));
                }
            }
            for (var q = 0; q < queries; q++)
            {
                var query = first + q;
                visit(query, workspace.Best(q, query, Math.Min(count(query), rows - 1)));
            }
            return workspace;
        }, _ => { });
    }

    /// <summary>The nearest other rows of one row, best first, in the same order as <see cref="ForEach"/>.</summary>
    public static int[] Of(float[] vectors, int dimension, int query, int count)
    {
        var vector = vectors.AsSpan(query * dimension, dimension);
        var scores = new float[vectors.Length / dimension];
        for (var row = 0; row < scores.Length; row++)
        {
            scores[row] = TensorPrimitives.Dot(vectors.AsSpan(row * dimension, dimension), vector);
        }
        return [.. Enumerable.Range(0, scores.Length).Where(row => row != query).OrderByDescending(row => scores[row]).ThenBy(row => row).Take(count)];
    }

    private sealed class Workspace(int rows)
    {
        private readonly List<(float Score, int Row)> candidates = [];
        private int[] nearest = [];

        public float[][] Scores { get; } = [.. Enumerable.Range(0, QueriesPerBlock).Select(_ => new float[rows])];

        public ReadOnlySpan<int> Best(int q, int query, int count)
        {
            if (count <= 0)
            {
                return [];
            }
            var scores = Scores[q];
            // A heap of the best so far, worst on top: (score ascending, row descending).
            var heap = new PriorityQueue<int, (float Score, int MinusRow)>(count + 1);
            for (var row = 0; row < scores.Length; row++)
            {
                if (row == query)
                {
                    continue;
                }
                if (heap.Count < count)
                {
                    heap.Enqueue(row, (scores[row], -row));
                }
                else if (heap.TryPeek(out _, out var worst) && scores[row] > worst.Score)
                {
                    heap.DequeueEnqueue(row, (scores[row], -row));
                }
            }
            candidates.Clear();
            while (heap.TryDequeue(out var row, out var priority))
            {
                candidates.Add((priority.Score, row));
            }
            if (nearest.Length < candidates.Count)
            {
                nearest = new int[candidates.Count];
            }
            for (var i = 0; i < candidates.Count; i++)
            {
                nearest[i] = candidates[candidates.Count - 1 - i].Row;
            }
            return nearest.AsSpan(0, candidates.Count);
        }
    }
}
