namespace Dml.Training.Data.Matlab;

/// <summary>A struct array.</summary>
/// <param name="Values">Its elements: fields by name.</param>
internal sealed record MatStructs(IReadOnlyDictionary<string, MatValue>[] Values) : MatValue;
