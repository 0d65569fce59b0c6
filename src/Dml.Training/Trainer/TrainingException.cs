namespace Dml.Training.Trainer;

/// <summary>Training cannot continue; the message says why and what to change.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Says what happened and what to do.</summary>
    public TrainingException(string message) : base(message) { }

    /// <summary>The same, with the error underneath.</summary>
    public TrainingException(string message, Exception inner) : base(message, inner) { }

    /// <summary>The batch whose loss was not a number, where that was the reason.</summary>
    public BrokenBatch? Broken { get; init; }
}
