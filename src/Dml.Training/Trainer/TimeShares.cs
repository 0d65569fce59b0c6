namespace Dml.Training.Trainer;

/// <summary>Where training time went.</summary>
/// <param name="Data">Waiting for the batch.</param>
/// <param name="Forward">Network and loss.</param>
/// <param name="Backward">Gradients.</param>
/// <param name="Optimizer">Clipping, update and running mean.</param>
public readonly record struct TimeShares(TimeSpan Data, TimeSpan Forward, TimeSpan Backward, TimeSpan Optimizer)
{
    /// <summary>All of it.</summary>
    public TimeSpan Total => Data + Forward + Backward + Optimizer;

    /// <summary>Both together.</summary>
    public static TimeShares operator +(TimeShares left, TimeShares right) => Add(left, right);

    /// <summary>Both together.</summary>
    public static TimeShares Add(TimeShares left, TimeShares right) =>
        new(left.Data + right.Data, left.Forward + right.Forward, left.Backward + right.Backward, left.Optimizer + right.Optimizer);
}
