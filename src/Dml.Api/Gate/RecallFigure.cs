namespace Dml.Api.Gate;

/// <summary>A generation's measured recall at ten, over how many queries, and when.</summary>
internal sealed record RecallFigure(int Generation, double Recall, int Queries, DateTimeOffset MeasuredAt);
