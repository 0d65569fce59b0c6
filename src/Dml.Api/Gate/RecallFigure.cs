namespace Dml.Api.Gate;

/// <summary>A measured recall at ten, over how many queries, and when.</summary>
internal sealed record RecallFigure(double Recall, int Queries, DateTimeOffset MeasuredAt);
