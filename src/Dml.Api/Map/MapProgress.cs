namespace Dml.Api.Map;

/// <summary>A map that is being computed; <c>Done</c> is the share of the work that is done, 0 to 1.</summary>
internal sealed record MapProgress(int Generation, double Done);
