using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Jobs;

namespace Dml.Api.Gate;

/// <summary>A candidate did not pass the gate; the active generation stays.</summary>
internal sealed class GateRefusedException(int generation, GateReport report) : JobFailedException(
    $"The gate refused generation {generation}. {report.Failures()}",
    new JsonObject { ["generation"] = generation, ["gate"] = JsonSerializer.SerializeToNode(report, JsonSerializerOptions.Web) })
{
    public GateReport Report => report;
}
