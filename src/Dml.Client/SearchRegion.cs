using System.Globalization;

namespace Dml.Client;

/// <summary>
/// A part of a picture as it is seen, that is after EXIF rotation, in fractions of its width and height from its upper left corner.
/// </summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">At least 0.01.</param>
/// <param name="Height">At least 0.01.</param>
public sealed record SearchRegion(double X, double Y, double Width, double Height)
{
    internal string ToParameter() => string.Create(CultureInfo.InvariantCulture, $"region={X:R},{Y:R},{Width:R},{Height:R}");
}
