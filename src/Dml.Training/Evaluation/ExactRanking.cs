using System.Numerics.Tensors;
using Dml.Training.Numerics;

namespace Dml.Training.Evaluation;

/// <summary>Takes a query's whole ranking: the gallery's rows, best first. The span is valid during the call only.</summary>
internal delegate void RankingVisitor(int query, ReadOnlySpan<int> ranking);

/// <summary>
/// Exact rankings of a gallery, a block of queries at a time: memory stays at cores × block × gallery, never queries × gallery.
/// </summary>
internal static class ExactRanking
{
    private const int QueriesPerBlock = 64;

    /// <summary>
    /// Ranks the whole gallery for every query: by Euclidean distance, nearest first; equal ones by their place in the gallery.
    /// </summary>
    /// <param name="vectors">[rows, dimension], of any length; of unit vectors the order is that of their dot products.</param>
    /// <param name="dimension">Length of a row.</param>
    /// <param name="queries">Rows of the queries.</param>
    /// <param name="gallery">Rows of the gallery; a query among them is ranked too.</param>
    /// <param name="visit">Called once per query, on any thread, with the place of the query in <paramref name="queries"/>.</param>
    /// <param name="cancel">Stops between blocks.</param>
    public static void ForEach(float[] vectors, int dimension, int[] queries, int[] gallery, RankingVisitor visit, CancellationToken cancel)
    {
        var blocks = (queries.Length + QueriesPerBlock - 1) / QueriesPerBlock;
        var options = new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount };
        var excess = Excess(vectors, dimension, gallery);
        Parallel.For(0, blocks, options, () => new Workspace(dimension, excess), (block, _, workspace) =>
        {
            var first = block * QueriesPerBlock;
            var count = Math.Min(QueriesPerBlock, queries.Length - first);
            workspace.Score(vectors, dimension, queries.AsSpan(first, count), gallery);
            for (var q = 0; q < count; q++)
            {
                visit(first + q, workspace.Ranking(q, gallery));
            }

            return workspace;
        }, _ => { });
    }

    // |q - g|^2 = |q|^2 + 1 - 2 (q·g - (|g|^2 - 1) / 2). Less 1, so that unit rows keep all digits of their dot products.
    private static float[] Excess(float[] vectors, int dimension, int[] gallery)
        => [.. gallery.Select(row => (TensorPrimitives.SumOfSquares(vectors.AsSpan(row * dimension, dimension)) - 1) / 2)];

    private sealed class Workspace(int dimension, float[] excess)
    {
        private readonly float[] _queries = new float[QueriesPerBlock * dimension];
        private readonly float[] _scores = new float[QueriesPerBlock * excess.Length];
        private readonly int[] _ranking = new int[excess.Length];
        private readonly ScoreOrder _order = new();

        public void Score(float[] vectors, int dimension, ReadOnlySpan<int> rows, int[] gallery)
        {
            Array.Clear(_queries);
            for (var q = 0; q < rows.Length; q++)
            {
                vectors.AsSpan(rows[q] * dimension, dimension).CopyTo(_queries.AsSpan(q * dimension));
            }

            var padded = (rows.Length + DotBlock.QueryGroup - 1) / DotBlock.QueryGroup * DotBlock.QueryGroup;
            DotBlock.Multiply(_queries.AsSpan(0, padded * dimension), vectors, dimension, gallery, _scores);
            for (var q = 0; q < rows.Length; q++)
            {
                var own = _scores.AsSpan(q * excess.Length, excess.Length);
                TensorPrimitives.Subtract(own, excess, own);
            }
        }

        public ReadOnlySpan<int> Ranking(int q, int[] gallery)
        {
            var places = _order.Of(_scores.AsSpan(q * gallery.Length, gallery.Length));
            for (var i = 0; i < places.Length; i++)
            {
                _ranking[i] = gallery[places[i]];
            }

            return _ranking;
        }
    }
}
