namespace Dml.Api.Gate;

/// <summary>One check of the gate: what was measured, and what was asked for, in words and numbers.</summary>
internal sealed record GateCheck(string Name, bool Passed, string Detail, IReadOnlyDictionary<string, double> Figures);
