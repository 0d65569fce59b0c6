namespace Dml.Training.Data.Matlab;

/// <summary>A cell array.</summary>
/// <param name="Values">Its cells.</param>
internal sealed record MatCells(MatValue[] Values) : MatValue;
