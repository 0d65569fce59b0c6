using Dml.Training.Data;

namespace Dml.Training.Evaluation;

/// <summary>A held-out query with its nearest answers, as picture walls show them.</summary>
/// <param name="Query">Id of the query picture.</param>
/// <param name="Answers">Ids of the nearest pictures, best first.</param>
/// <param name="Right">Which of them are relevant.</param>
public sealed record Neighbourhood(string Query, IReadOnlyList<string> Answers, IReadOnlyList<bool> Right)
{
    private const int Seed = 1;
    private const int Length = 8;

    /// <summary>Draws queries of different classes; the same ones for the same pictures, so that embedders can be compared.</summary>
    public static IReadOnlyList<Neighbourhood> Draw(
        float[] vectors, RetrievalProtocol protocol, IReadOnlyList<LabelledPicture> pictures, int queries)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        int[] order = [.. protocol.Queries];
        new Random(Seed).Shuffle(order);
        return
        [
            .. order
                .DistinctBy(protocol.ClassOf)
                .Take(queries)
                .Select(query =>
                {
                    var nearest = Retrieval.Nearest(vectors, protocol, query, Length);
                    return new Neighbourhood(
                        pictures[query].Id, [.. nearest.Select(i => pictures[i].Id)],
                        [.. nearest.Select(i => protocol.Grade(query, i) > 0)]);
                }),
        ];
    }
}
