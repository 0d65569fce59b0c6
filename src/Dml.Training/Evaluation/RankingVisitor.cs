namespace Dml.Training.Evaluation;

/// <summary>Takes a query's whole ranking: the gallery's rows, best first. The span is valid during the call only.</summary>
internal delegate void RankingVisitor(int query, ReadOnlySpan<int> ranking);
