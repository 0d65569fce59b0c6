namespace Dml.Training.Data.Matlab;

/// <summary>A numeric array of any class.</summary>
/// <param name="Values">Its elements.</param>
internal sealed record MatNumbers(double[] Values) : MatValue;
