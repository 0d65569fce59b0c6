namespace Dml.Embedding;

/// <summary>Why bytes were not accepted as a picture.</summary>
public enum PictureProblem
{
    /// <summary>There were no bytes.</summary>
    Empty,

    /// <summary>The bytes do not begin like a file of an accepted format.</summary>
    NotAPicture,

    /// <summary>
    /// A side, the ratio of the sides or width times height is above the limit, and no pixel was decoded; or decoding took too long.
    /// </summary>
    TooManyPixels,

    /// <summary>The file has the right header but is cut off or corrupt.</summary>
    Damaged,

    /// <summary>Nothing is wrong with the picture, but the embedder's queue is full.</summary>
    Busy,

    /// <summary>The picture can be decoded, but the embedder has no vector for it.</summary>
    NoVector,
}
