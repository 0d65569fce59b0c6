namespace Dml.Embedding;

/// <summary>A picture that a program relied on was not accepted; <see cref="Error"/> says why.</summary>
public sealed class PictureException(PictureError error) : Exception(error.Message)
{
    /// <summary>What was wrong with the picture.</summary>
    public PictureError Error { get; } = error;
}
