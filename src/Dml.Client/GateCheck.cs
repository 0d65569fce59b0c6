namespace Dml.Client;

/// <summary>One check of the gate, in words and numbers.</summary>
public sealed record GateCheck(string Name, bool Passed, string Detail, IReadOnlyDictionary<string, double> Figures);
