namespace Dml.Training.Evaluation;

/// <summary>Takes a query's nearest rows, best first. The span is valid during the call only.</summary>
internal delegate void NeighbourVisitor(int query, ReadOnlySpan<int> nearest);
