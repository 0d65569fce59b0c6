using System.Buffers;

namespace Dml.Training.Evaluation;

/// <summary>
/// Ranks the whole gallery for every query and computes every figure from the ranks of the relevant answers. Exact search; ranks by
/// (distance, index); a query without a relevant answer is left out and counted.
/// </summary>
public static class Retrieval
{
    /// <summary>Measures unit vectors under a protocol.</summary>
    /// <param name="vectors">Unit vectors, [protocol.Pictures, dimension].</param>
    /// <param name="protocol">Which pictures are queries, which form the gallery, and what is relevant.</param>
    /// <param name="figures">What to measure.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ArgumentException">
    /// The vectors are not a whole number of rows, one per picture, or no query has a relevant answer.
    /// </exception>
    public static QueryValues Measure(
        float[] vectors, RetrievalProtocol protocol, IReadOnlyList<RetrievalFigure> figures,
        CancellationToken cancel = default) => Measure(vectors, protocol, figures, null, cancel);

    /// <summary>Measures unit vectors under a protocol.</summary>
    /// <param name="vectors">Unit vectors, [protocol.Pictures, dimension].</param>
    /// <param name="protocol">Which pictures are queries, which form the gallery, and what is relevant.</param>
    /// <param name="figures">What to measure.</param>
    /// <param name="reranking">Ranks by neighbourhoods in place of distances; null: by distances.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ArgumentException">
    /// The vectors are not a whole number of rows, one per picture, or no query has a relevant answer; or there are too many to re-rank.
    /// </exception>
    public static QueryValues Measure(
        float[] vectors, RetrievalProtocol protocol, IReadOnlyList<RetrievalFigure> figures, RerankingOptions? reranking,
        CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(protocol);
        ArgumentNullException.ThrowIfNull(figures);
        var dimension = protocol.Pictures == 0 ? 0 : vectors.Length / protocol.Pictures;
        if (dimension == 0 || dimension * protocol.Pictures != vectors.Length)
        {
            throw new ArgumentException(
                $"Expected one vector per picture; {vectors.Length} numbers came for {protocol.Pictures} pictures.", nameof(vectors));
        }

        int[] queries = [.. protocol.Queries];
        var values = new double[queries.Length][];
        RankingVisitor score = (q, ranking) => values[q] = Score(protocol, queries[q], ranking, figures);
        if (reranking is null)
        {
            ExactRanking.ForEach(vectors, dimension, queries, [.. protocol.Gallery], score, cancel);
        }
        else
        {
            RerankedRanking.ForEach(vectors, dimension, queries, [.. protocol.Gallery], reranking, score, cancel);
        }

        int[] counted = [.. Enumerable.Range(0, queries.Length).Where(q => values[q].Length > 0)];
        return counted.Length > 0
            ? new(
                figures, [.. counted.Select(q => values[q])], [.. counted.Select(q => queries[q])],
                [.. counted.Select(q => protocol.ClassOf(queries[q]))], queries.Length - counted.Length)
            : throw new ArgumentException("No query has a relevant answer: there is nothing to retrieve.", nameof(protocol));
    }

    /// <summary>The nearest answers to one query, best first, in the order that is measured.</summary>
    internal static int[] Nearest(float[] vectors, RetrievalProtocol protocol, int query, int count)
    {
        int[] nearest = [];
        ExactRanking.ForEach(
            vectors, vectors.Length / protocol.Pictures, [query], [.. protocol.Gallery], (_, ranking) => nearest = Take(ranking), default);
        return nearest;

        int[] Take(ReadOnlySpan<int> ranking)
        {
            var taken = new List<int>(count);
            for (var i = 0; i < ranking.Length && taken.Count < count; i++)
            {
                if (!protocol.IsLeftOut(query, ranking[i]))
                {
                    taken.Add(ranking[i]);
                }
            }

            return [.. taken];
        }
    }

    // Nothing for a query without a relevant answer.
    private static double[] Score(RetrievalProtocol protocol, int query, ReadOnlySpan<int> ranking, IReadOnlyList<RetrievalFigure> figures)
    {
        var (ranks, grades) = (ArrayPool<int>.Shared.Rent(ranking.Length), ArrayPool<int>.Shared.Rent(ranking.Length));
        var (rank, relevant) = (0, 0);
        foreach (var row in ranking)
        {
            if (protocol.IsLeftOut(query, row))
            {
                continue;
            }

            rank++;
            if (protocol.Grade(query, row) is > 0 and var grade)
            {
                (ranks[relevant], grades[relevant]) = (rank, grade);
                relevant++;
            }
        }

        var values = new double[relevant == 0 ? 0 : figures.Count];
        for (var f = 0; f < values.Length; f++)
        {
            values[f] = figures[f].Value(new(ranks.AsSpan(0, relevant), grades.AsSpan(0, relevant), rank));
        }

        ArrayPool<int>.Shared.Return(ranks);
        ArrayPool<int>.Shared.Return(grades);
        return values;
    }
}
