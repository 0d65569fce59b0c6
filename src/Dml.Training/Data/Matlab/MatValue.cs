namespace Dml.Training.Data.Matlab;

/// <summary>A value of a .mat file; arrays in MATLAB's order, column by column.</summary>
internal abstract record MatValue;

/// <summary>A numeric array of any class.</summary>
/// <param name="Values">Its elements.</param>
internal sealed record MatNumbers(double[] Values) : MatValue;

/// <summary>A row of characters.</summary>
/// <param name="Text">The characters.</param>
internal sealed record MatText(string Text) : MatValue;

/// <summary>A cell array.</summary>
/// <param name="Values">Its cells.</param>
internal sealed record MatCells(MatValue[] Values) : MatValue;

/// <summary>A struct array.</summary>
/// <param name="Values">Its elements: fields by name.</param>
internal sealed record MatStructs(IReadOnlyDictionary<string, MatValue>[] Values) : MatValue;
