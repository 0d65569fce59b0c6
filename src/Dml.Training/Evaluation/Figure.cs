using Dml.Training.Numerics;

namespace Dml.Training.Evaluation;

/// <summary>One measured figure.</summary>
/// <param name="Name">As in tables, <c>metrics.jsonl</c> and <c>model.json</c>.</param>
/// <param name="Value">In [0, 1], higher is better.</param>
/// <param name="Interval">95 % confidence over the queries; null where none was requested, and for clusters.</param>
public sealed record Figure(string Name, double Value, Interval? Interval = null);
