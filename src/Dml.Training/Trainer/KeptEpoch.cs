namespace Dml.Training.Trainer;

/// <summary>Which epoch's weights a run keeps: those that are measured last and exported.</summary>
public enum KeptEpoch
{
    /// <summary>The last validated one, as published recipes with a fixed number of epochs want it.</summary>
    Last,

    /// <summary>The one with the highest MAP@R on the validation share of the training classes.</summary>
    Best,
}
