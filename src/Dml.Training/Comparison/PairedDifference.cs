using Dml.Training.Numerics;

namespace Dml.Training.Comparison;

/// <summary>A method minus the one it is tested against, on the same queries.</summary>
/// <param name="Against">The other method.</param>
/// <param name="Value">Difference of the means.</param>
/// <param name="Interval">95 %, over seeds and queries.</param>
/// <param name="P">Two-sided, after Holm's correction for all rows of the table.</param>
public sealed record PairedDifference(string Against, double Value, Interval Interval, double P)
{
    /// <summary>Whether chance alone is an unlikely cause, at 5 % for the whole table.</summary>
    public bool IsSignificant => P < 0.05;
}
