namespace Dml.Training.Data;

/// <summary>What decides which classes are held out.</summary>
public enum SplitSource
{
    /// <summary>The dataset's own split where it has one, else as <see cref="Classes"/>.</summary>
    Dataset,

    /// <summary>Classes drawn by fraction and seed, whatever the dataset says.</summary>
    Classes,

    /// <summary>
    /// The dataset's own split where it has one, else the labels that the gate of a service with these pictures keeps from every training.
    /// </summary>
    Gate,
}
