namespace Dml.Api.Gate;

/// <summary>What the gate found; it passes when every check does.</summary>
internal sealed record GateReport(bool Passed, DateTimeOffset MeasuredAt, IReadOnlyList<GateCheck> Checks)
{
    public static GateReport Of(params IReadOnlyList<GateCheck> checks) =>
        new(checks.All(check => check.Passed), DateTimeOffset.UtcNow, checks);

    /// <summary>The failed checks in one sentence each.</summary>
    public string Failures() => string.Join(' ', Checks.Where(check => !check.Passed).Select(check => $"{check.Name}: {check.Detail}"));
}
