using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Jobs;
using Dml.Contracts;

namespace Dml.Api.Gate;

/// <summary>A candidate did not pass the gate; the active generation is unchanged.</summary>
internal sealed class GateRefusedException(int generation, GateReport report) : JobFailedException(
    $"The gate refused generation {generation}. {Failures(report)}",
    new JsonObject { ["generation"] = generation, ["gate"] = JsonSerializer.SerializeToNode(report, JsonSerializerOptions.Web) })
{
    public GateReport Report => report;

    private static string Failures(GateReport report) =>
        string.Join(' ', report.Checks.Where(check => !check.Passed).Select(check => $"{check.Name}: {check.Detail}"));
}
