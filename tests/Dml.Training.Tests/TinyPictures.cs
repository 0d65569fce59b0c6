using Dml.Embedding;

namespace Dml.Training.Tests;

/// <summary>Small self-made pictures: every class has its own pattern, every picture its own noise.</summary>
internal static class TinyPictures
{
    public static byte[] Rgb(int side, int label, int picture)
    {
        var random = new Random(label * 1000 + picture);
        var rgb = new byte[side * side * 3];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var wave = Math.Sin((x * (1 + label % 3) + y * (1 + label / 3)) * 2 * Math.PI / side);
                for (var channel = 0; channel < 3; channel++)
                {
                    rgb[(y * side + x) * 3 + channel] = (byte)
                        Math.Clamp(128 + 80 * wave + 30 * ((label + channel) % 3) - 30 + random.Next(20), 0, 255);
                }
            }
        }

        return rgb;
    }

    public static byte[] Png(int side, int label, int picture)
    {
        using var image = VipsImage.FromRgb(Rgb(side, label, picture), side, side);
        return image.Encode(PictureFormat.Png);
    }

    /// <summary>Writes <c>folder/class-l/p.png</c>.</summary>
    public static void WriteFolders(string folder, int classes, int each, int side)
    {
        for (var label = 0; label < classes; label++)
        {
            Directory.CreateDirectory(Path.Combine(folder, $"class-{label}"));
            for (var picture = 0; picture < each; picture++)
            {
                File.WriteAllBytes(Path.Combine(folder, $"class-{label}", $"{picture}.png"), Png(side, label, picture));
            }
        }
    }
}
