using Dml.Embedding;

namespace Dml.Api.Tests.Support;

/// <summary>
/// Frames of a film in which hardly anything moves: a light wanders over a still scene, and the camera adds a little noise.
/// </summary>
internal static class Frames
{
    private const int Side = 32;

    /// <summary>The frame of this number as a PNG. Neighbouring frames differ in a few grey levels.</summary>
    public static byte[] Picture(int frame)
    {
        var noise = new Random(frame);
        var rgb = new byte[Side * Side * 3];
        var (lightX, lightY) = (Side * (0.5 + (0.3 * Math.Sin(frame / 400.0))), Side * (0.5 + (0.3 * Math.Cos(frame / 700.0))));
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var distance = ((x - lightX) * (x - lightX)) + ((y - lightY) * (y - lightY));
                var light = 6 * Math.Exp(-distance / 60);
                for (var channel = 0; channel < 3; channel++)
                {
                    var scene = 90 + (40 * Math.Sin((x * (channel + 1) / 7.0) + (y / 5.0)));
                    rgb[(((y * Side) + x) * 3) + channel] = (byte)Math.Clamp(scene + light + noise.Next(-1, 2), 0, 255);
                }
            }
        }

        using var image = VipsImage.FromRgb(rgb, Side, Side);
        return image.Encode(PictureFormat.Png);
    }
}
