namespace Dml.Api.Rollouts;

/// <summary>How the trial of an embedder ended, as a line of JSON from the process that made it.</summary>
/// <param name="Problem">Why the embedder cannot be used; null if it can.</param>
/// <param name="IsQuestion">Whether more has to be known about a network without a manifest.</param>
internal sealed record TrialVerdict(string? Problem, bool IsQuestion);
