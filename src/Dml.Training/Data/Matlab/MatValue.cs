namespace Dml.Training.Data.Matlab;

/// <summary>A value of a .mat file; arrays in MATLAB's order, column by column.</summary>
internal abstract record MatValue;
