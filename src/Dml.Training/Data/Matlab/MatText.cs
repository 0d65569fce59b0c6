namespace Dml.Training.Data.Matlab;

/// <summary>A row of characters.</summary>
/// <param name="Text">The characters.</param>
internal sealed record MatText(string Text) : MatValue;
