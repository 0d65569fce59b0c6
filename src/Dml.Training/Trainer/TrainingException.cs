namespace Dml.Training.Trainer;

/// <summary>Training cannot go on; the message says why and what to change.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Says what happened and what to do.</summary>
    public TrainingException(string message) : base(message) { }
}
