namespace Dml.Client;

/// <summary>What the gate found; it passes when every check does.</summary>
public sealed record GateReport(bool Passed, DateTimeOffset MeasuredAt, IReadOnlyList<GateCheck> Checks);
