namespace Dml.Embedding;

/// <summary>Why bytes were not accepted as a picture.</summary>
public enum PictureProblem
{
    /// <summary>There were no bytes.</summary>
    Empty,

    /// <summary>The bytes do not begin like any accepted format.</summary>
    NotAPicture,

    /// <summary>Width times height is above the limit; no pixel was decoded.</summary>
    TooManyPixels,

    /// <summary>The file begins well but is cut off or broken.</summary>
    Damaged,

    /// <summary>Nothing is wrong with the picture: as many wait before it as may wait.</summary>
    Busy,
}
