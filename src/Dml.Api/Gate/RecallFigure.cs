namespace Dml.Api.Gate;

/// <summary>The measured recall at ten of a generation.</summary>
internal sealed record RecallFigure(int Generation, double Recall, int Queries, DateTimeOffset MeasuredAt);
