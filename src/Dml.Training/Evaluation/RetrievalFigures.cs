namespace Dml.Training.Evaluation;

/// <summary>Retrieval quality, averaged over the queries (micro average). All in [0, 1], higher is better.</summary>
/// <param name="Queries">Queries that count: those with at least one other picture of their class.</param>
/// <param name="LoneQueries">Queries skipped because nothing else has their label.</param>
/// <param name="RecallAt">Recall@K by K: the share of queries with a right one among the first K.</param>
/// <param name="NdcgAt">Binary nDCG@K by K.</param>
/// <param name="RPrecision">The share of right ones among the first R, R = right ones there are.</param>
/// <param name="MapAtR">MAP@R (Musgrave, Belongie, Lim 2020, arXiv 2003.08505).</param>
public sealed record RetrievalFigures(
    int Queries,
    int LoneQueries,
    IReadOnlyDictionary<int, double> RecallAt,
    IReadOnlyDictionary<int, double> NdcgAt,
    double RPrecision,
    double MapAtR);
