namespace Dml.Training.Augmentation;

/// <summary>What a picture shows where a crop or a rotation reaches beyond its border.</summary>
public enum Outside
{
    /// <summary>The nearest pixel of the border: for photos.</summary>
    Edge,

    /// <summary>White: for drawings on white.</summary>
    White,

    /// <summary>Black.</summary>
    Black,
}
