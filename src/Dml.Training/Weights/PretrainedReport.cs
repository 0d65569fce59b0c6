namespace Dml.Training.Weights;

/// <summary>What became of a pretrained file.</summary>
/// <param name="Loaded">Names of the backbone's tensors that were filled.</param>
/// <param name="Missing">Names of the backbone's tensors that the file lacks; they keep their initial values.</param>
/// <param name="Ignored">Names in the file that the backbone has no place for, such as a classifier.</param>
/// <param name="PositionsResized">The position grid was interpolated to another input size.</param>
public sealed record PretrainedReport(IReadOnlyList<string> Loaded, IReadOnlyList<string> Missing, IReadOnlyList<string> Ignored, bool PositionsResized);
