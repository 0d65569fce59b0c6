namespace Dml.Training.Weights;

/// <summary>What was loaded from a pretrained file.</summary>
/// <param name="Loaded">Names of the backbone's tensors that were filled: all of them.</param>
/// <param name="LeftOut">Names in the file that the backbone does not use, such as a classifier.</param>
/// <param name="PositionsResized">The position grid was interpolated to another input size.</param>
public sealed record PretrainedReport(IReadOnlyList<string> Loaded, IReadOnlyList<string> LeftOut, bool PositionsResized);
