namespace Dml.Embedding;

/// <summary>
/// A part of a picture as it is seen, that is after EXIF rotation, in fractions of its width and height from its upper left corner.
/// </summary>
/// <param name="X">Left edge, 0 to 1.</param>
/// <param name="Y">Upper edge, 0 to 1.</param>
/// <param name="Width">From <see cref="SmallestSide"/> to what is left of the picture on the right.</param>
/// <param name="Height">From <see cref="SmallestSide"/> to what is left of it below.</param>
public sealed record PictureRegion(double X, double Y, double Width, double Height)
{
    /// <summary>The least width and height.</summary>
    public const double SmallestSide = 0.01;

    // Fractions that were rounded to print them may reach over the edge by a little.
    private const double Tolerance = 1e-6;

    /// <summary>Whether it lies in the picture and is large enough; false for what is not a number.</summary>
    public bool IsValid =>
        X >= 0 && Y >= 0 && Width >= SmallestSide && Height >= SmallestSide && X + Width <= 1 + Tolerance && Y + Height <= 1 + Tolerance;

    /// <summary>Whether it is the whole picture.</summary>
    public bool IsWhole => X <= 0 && Y <= 0 && X + Width >= 1 && Y + Height >= 1;

    /// <summary>The same part of the picture as it is stored, before it is rotated and mirrored.</summary>
    /// <param name="orientation">The value of the EXIF tag, 1 to 8; others mean nothing.</param>
    internal PictureRegion InStored(int orientation) => orientation switch
    {
        2 => this with { X = FromRight },
        3 => this with { X = FromRight, Y = FromBottom },
        4 => this with { Y = FromBottom },
        5 => new(Y, X, Height, Width),
        6 => new(Y, FromRight, Height, Width),
        7 => new(FromBottom, FromRight, Height, Width),
        8 => new(FromBottom, X, Height, Width),
        _ => this,
    };

    /// <summary>Its pixels in a picture of that size: at least one in each direction.</summary>
    internal (int Left, int Top, int Width, int Height) Pixels(int width, int height)
    {
        var (left, across) = Span(X, Width, width);
        var (top, down) = Span(Y, Height, height);
        return (left, top, across, down);
    }

    private double FromRight => 1 - X - Width;

    private double FromBottom => 1 - Y - Height;

    private static (int First, int Count) Span(double begin, double length, int pixels)
    {
        var first = Math.Clamp((int)Math.Round(begin * pixels), 0, pixels - 1);
        var end = Math.Clamp((int)Math.Round((begin + length) * pixels), first + 1, pixels);
        return (first, end - first);
    }
}
