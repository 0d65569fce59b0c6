namespace Dml.Training.Export;

/// <summary>How far ONNX Runtime is from the trained network.</summary>
/// <param name="Differences">For each batch size, the largest absolute difference between entries of the unit vectors.</param>
public sealed record ParityReport(IReadOnlyList<(int Batch, double Difference)> Differences)
{
    /// <summary>The largest of all.</summary>
    public double Largest => Differences.Max(d => d.Difference);
}
