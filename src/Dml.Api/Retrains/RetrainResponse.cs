using System.Text.Json.Nodes;
using Dml.Api.Gate;

namespace Dml.Api.Retrains;

/// <summary>
/// A retrain of the history. <c>Figures</c> are those of the active embedder (<c>before</c>) and of the candidate (<c>after</c>) on the
/// labels that the gate holds out, with 95 % intervals. <c>Report</c> is the address of its page, null until it has ended.
/// </summary>
internal sealed record RetrainResponse(
    string Id,
    string? JobId,
    RetrainStep Step,
    RetrainOutcome? Outcome,
    string? Message,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    int? FromGeneration,
    string? FromModel,
    SnapshotCounts? Learnt,
    bool? Continued,
    JsonObject? Figures,
    string? Model,
    int? Generation,
    GateReport? Gate,
    string? Report)
{
    public static RetrainResponse Of(RetrainState state) => new(
        state.Id,
        state.JobId,
        state.Step,
        state.Outcome,
        state.Message,
        state.StartedAt,
        state.EndedAt,
        state.FromGeneration,
        state.FromModel,
        state.Counts,
        (bool?)state.Training?["continued"],
        state.Training?["figures"]?.DeepClone().AsObject(),
        state.Training is null ? null : state.Model,
        state.Generation,
        state.Gate,
        state.Step == RetrainStep.Ended ? $"/retrains/{state.Id}/report" : null);
}
