namespace Dml.Training.Data;

/// <summary>The side of a dataset's own split.</summary>
public enum PicturePart
{
    /// <summary>The dataset does not say; the recipe's split decides.</summary>
    Unassigned,

    /// <summary>To train on.</summary>
    Training,

    /// <summary>To measure on.</summary>
    Test,
}
