namespace Dml.Training.Evaluation;

/// <summary>Exact rankings of a gallery, a block of queries at a time: memory stays at cores × block × gallery, never queries × gallery.</summary>
internal static class ExactRanking
{
    private const int QueriesPerBlock = 16;

    /// <summary>Ranks the whole gallery for every query: by dot product, descending; equal ones by their place in the gallery.</summary>
    /// <param name="vectors">Unit vectors, [rows, dimension].</param>
    /// <param name="dimension">Length of a row.</param>
    /// <param name="queries">Rows that are asked.</param>
    /// <param name="gallery">Rows that answer; a query among them ranks itself too.</param>
    /// <param name="visit">Called once per query, on any thread, with the place of the query in <paramref name="queries"/>.</param>
    /// <param name="cancel">Stops between blocks.</param>
    public static void ForEach(float[] vectors, int dimension, int[] queries, int[] gallery, RankingVisitor visit, CancellationToken cancel)
    {
        var blocks = (queries.Length + QueriesPerBlock - 1) / QueriesPerBlock;
        var options = new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, blocks, options, () => new Workspace(dimension, gallery.Length), (block, _, workspace) =>
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

    private sealed class Workspace(int dimension, int gallerySize)
    {
        private readonly float[] queries = new float[QueriesPerBlock * dimension];
        private readonly float[] scores = new float[QueriesPerBlock * gallerySize];
        private readonly int[] ranking = new int[gallerySize];
        private readonly ScoreOrder order = new();

        public void Score(float[] vectors, int dimension, ReadOnlySpan<int> rows, int[] gallery)
        {
            Array.Clear(queries);
            for (var q = 0; q < rows.Length; q++)
            {
                vectors.AsSpan(rows[q] * dimension, dimension).CopyTo(queries.AsSpan(q * dimension));
            }
            var padded = (rows.Length + DotBlock.QueryGroup - 1) / DotBlock.QueryGroup * DotBlock.QueryGroup;
            DotBlock.Multiply(queries.AsSpan(0, padded * dimension), vectors, dimension, gallery, scores);
        }

        public ReadOnlySpan<int> Ranking(int q, int[] gallery)
        {
            var places = order.Of(scores.AsSpan(q * gallery.Length, gallery.Length));
            for (var i = 0; i < places.Length; i++)
            {
                ranking[i] = gallery[places[i]];
            }
            return ranking;
        }
    }
}
