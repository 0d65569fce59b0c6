using System.Diagnostics.CodeAnalysis;

namespace Dml.Embedding;

/// <summary>Tells by the first bytes of a file whether it is a picture, before the rest is read.</summary>
public static class PictureHead
{
    /// <summary>Number of bytes that suffice.</summary>
    public const int Bytes = 512;

    /// <summary>Whether a file that begins so is in one of the accepted formats.</summary>
    /// <param name="head">The first bytes of the file: <see cref="Bytes"/>, or all if it has fewer.</param>
    /// <param name="error">What it is instead.</param>
    public static bool IsPicture(ReadOnlySpan<byte> head, [NotNullWhen(false)] out PictureError? error) =>
        PictureSignature.TryRecognise(head, out _, out error);
}
