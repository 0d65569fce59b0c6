using System.Numerics.Tensors;
using Dml.Training.Numerics;

namespace Dml.Training.Evaluation;

/// <summary>Exact rankings of a gallery by <see cref="KReciprocalReranking"/> over queries and gallery together.</summary>
internal static class RerankedRanking
{
    // Their distances take 1.6 GB.
    private const int MostPictures = 20_000;

    /// <summary>Ranks the whole gallery for every query, nearest first; equal ones by their place in the gallery.</summary>
    /// <exception cref="ArgumentException">Too many pictures.</exception>
    /// <inheritdoc cref="ExactRanking.ForEach"/>
    public static void ForEach(
        float[] vectors,
        int dimension,
        int[] queries,
        int[] gallery,
        RerankingOptions options,
        RankingVisitor visit,
        CancellationToken cancel)
    {
        int[] rows = [.. queries.Union(gallery)];
        if (rows.Length > MostPictures)
        {
            throw new ArgumentException(
                $"Re-ranking keeps the distances between all pictures in memory: expected at most {MostPictures}, got {rows.Length}.",
                nameof(vectors));
        }

        var places = rows.Select((row, place) => (row, place)).ToDictionary();
        var reranking = new KReciprocalReranking(Squares(vectors, dimension, rows, cancel), rows.Length, options);
        var parallel = new ParallelOptions { CancellationToken = cancel };
        (ScoreOrder Order, float[] All, float[] Scores) Workspace() => (new(), new float[rows.Length], new float[gallery.Length]);
        Parallel.For(0, queries.Length, parallel, Workspace, (q, _, workspace) =>
        {
            reranking.Distances(places[queries[q]], workspace.All);
            for (var g = 0; g < gallery.Length; g++)
            {
                workspace.Scores[g] = -workspace.All[places[gallery[g]]];
            }

            var order = workspace.Order.Of(workspace.Scores);
            var ranking = new int[order.Length];
            for (var i = 0; i < ranking.Length; i++)
            {
                ranking[i] = gallery[order[i]];
            }

            visit(q, ranking);
            return workspace;
        }, _ => { });
    }

    private static float[] Squares(float[] vectors, int dimension, int[] rows, CancellationToken cancel)
    {
        float[] lengths = [.. rows.Select(row => TensorPrimitives.SumOfSquares(vectors.AsSpan(row * dimension, dimension)))];
        var squares = new float[rows.Length * rows.Length];
        var blocks = (rows.Length + DotBlock.QueryGroup - 1) / DotBlock.QueryGroup;
        Parallel.For(0, blocks, new ParallelOptions { CancellationToken = cancel }, block =>
        {
            var first = block * DotBlock.QueryGroup;
            var some = Math.Min(DotBlock.QueryGroup, rows.Length - first);
            var queries = new float[DotBlock.QueryGroup * dimension];
            for (var q = 0; q < some; q++)
            {
                vectors.AsSpan(rows[first + q] * dimension, dimension).CopyTo(queries.AsSpan(q * dimension));
            }

            var dots = new float[DotBlock.QueryGroup * rows.Length];
            DotBlock.Multiply(queries, vectors, dimension, rows, dots);
            for (var q = 0; q < some; q++)
            {
                for (var i = 0; i < rows.Length; i++)
                {
                    var square = lengths[first + q] + lengths[i] - (2 * dots[(q * rows.Length) + i]);
                    squares[((first + q) * rows.Length) + i] = Math.Max(0, square);
                }
            }
        });
        return squares;
    }
}
