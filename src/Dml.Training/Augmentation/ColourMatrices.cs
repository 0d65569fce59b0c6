using System.Numerics;

namespace Dml.Training.Augmentation;

/// <summary>Changes of colour as matrices over (red, green, blue, 1), row vectors.</summary>
internal static class ColourMatrices
{
    // ITU-R BT.601 luma, which torchvision and libvips' greyscale JPEG use as well.
    private static readonly Vector3 Luma = new(0.299f, 0.587f, 0.114f);

    public static Matrix4x4 Greyscale { get; } = Saturation(0);

    public static Matrix4x4 Inversion { get; } = Matrix4x4.CreateScale(-1) * Matrix4x4.CreateTranslation(Vector3.One);

    public static Matrix4x4 Brightness(float factor) => Matrix4x4.CreateScale(factor);

    /// <summary>
    /// Contrast about middle grey. torchvision takes the picture's own mean, which would need a pass over its pixels first.
    /// </summary>
    public static Matrix4x4 Contrast(float factor) => Matrix4x4.CreateScale(factor, new Vector3(0.5f));

    public static Matrix4x4 Saturation(float factor)
    {
        var grey = Luma * (1 - factor);
        return new(
            grey.X + factor, grey.X, grey.X, 0,
            grey.Y, grey.Y + factor, grey.Y, 0,
            grey.Z, grey.Z, grey.Z + factor, 0,
            0, 0, 0, 1);
    }

    /// <summary>A rotation of the hue about the grey axis.</summary>
    /// <param name="turns">1 is a full turn.</param>
    public static Matrix4x4 Hue(float turns) => Matrix4x4.CreateFromAxisAngle(Vector3.Normalize(Vector3.One), turns * MathF.Tau);

    /// <summary>White becomes this colour and black stays black: a drawing on coloured paper.</summary>
    public static Matrix4x4 Paper(Vector3 colour) => Matrix4x4.CreateScale(colour);
}
