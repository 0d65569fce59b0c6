namespace Dml.Api.Gate;

/// <summary>The measured recall at ten of a generation, over all its items and in the stratum that is served worst.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="Recall">Of an even sample of the items.</param>
/// <param name="Queries">The size of that sample.</param>
/// <param name="MeasuredAt">When.</param>
/// <param name="Worst">Null when no stratum has enough items.</param>
internal sealed record RecallFigure(int Generation, double Recall, int Queries, DateTimeOffset MeasuredAt, StratumFigure? Worst);

/// <summary>The recall at ten in a stratum, where an item that does not find itself counts as nothing found.</summary>
/// <param name="Name">
/// Which items: <c>label:apple</c>, or <c>distance:0.25-0.5</c> for those with the tenth neighbour that far away.
/// </param>
/// <param name="Recall">0 to 1.</param>
/// <param name="Queries">Items of the stratum that were searched for.</param>
/// <param name="Strata">Strata that were looked at to find this one.</param>
internal sealed record StratumFigure(string Name, double Recall, int Queries, int Strata);
