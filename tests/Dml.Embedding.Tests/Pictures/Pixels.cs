using NetVips;

namespace Dml.Embedding.Tests.Pictures;

/// <summary>Pixels in memory: [height, width, 3] bytes, red first.</summary>
internal static class Pixels
{
    internal static byte[] Of(VipsImage image)
    {
        var rgb = new byte[image.Width * image.Height * 3];
        image.ToRgb(rgb);
        return rgb;
    }

    /// <summary>Decodes a whole file by libvips alone, without any code of the product.</summary>
    internal static byte[] OfFile(byte[] file)
    {
        using var image = Image.NewFromBuffer(file);
        return image.WriteToMemory<byte>();
    }

    /// <summary>Noise that is blurred by a Gaussian of this standard deviation.</summary>
    internal static VipsImage Soft(int width, int height, double sigma)
    {
        var rgb = new byte[width * height * 3];
        new Random(5).NextBytes(rgb);
        using var noise = VipsImage.FromRgb(rgb, width, height);
        using var soft = noise.Image.Gaussblur(sigma, minAmpl: 0.01, precision: Enums.Precision.Float);
        return VipsImage.FromRgb(soft.Cast(Enums.BandFormat.Uchar).WriteToMemory<byte>(), width, height);
    }
}
