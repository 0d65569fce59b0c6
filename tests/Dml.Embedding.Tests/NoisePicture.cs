namespace Dml.Embedding.Tests;

/// <summary>Small pictures that no two seeds share.</summary>
internal static class NoisePicture
{
    private const int Width = 40;
    private const int Height = 30;

    internal static byte[] Png(int seed)
    {
        var rgb = new byte[Width * Height * 3];
        new Random(seed).NextBytes(rgb);
        using var image = VipsImage.FromRgb(rgb, Width, Height);
        return image.Encode(PictureFormat.Png);
    }
}
