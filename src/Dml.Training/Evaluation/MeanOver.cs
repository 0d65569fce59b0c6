namespace Dml.Training.Evaluation;

/// <summary>What a figure is the mean of.</summary>
public enum MeanOver
{
    /// <summary>All queries alike.</summary>
    Queries,

    /// <summary>The means of the classes, so that a class with many queries does not outweigh one with few.</summary>
    Classes,
}
