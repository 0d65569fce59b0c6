using System.Text.Json.Serialization;

namespace Dml.Embedding;

/// <summary>From a decoded picture to the network's input. Part of an embedder's fingerprint.</summary>
public sealed record Preprocessing
{
    /// <summary>Side of the square input in pixels, 1 to 4096.</summary>
    public required int InputSize { get; init; }

    /// <summary>How the picture becomes square.</summary>
    [JsonRequired]
    public ResizeRule Resize { get; init; } = ResizeRule.Squash;

    /// <summary>Subtracted from each plane after division by 255; three values in the order of <see cref="Channels"/>.</summary>
    [JsonRequired]
    public float[] Mean { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary>Divisor of each plane after the subtraction; three values above zero in the order of <see cref="Channels"/>.</summary>
    [JsonRequired]
    public float[] Std { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary>The order of the planes.</summary>
    [JsonRequired]
    public ChannelOrder Channels { get; init; } = ChannelOrder.Rgb;

    /// <summary>Bytes of one decoded picture: <see cref="InputSize"/>² pixels of red, green, blue.</summary>
    [JsonIgnore]
    public int PixelBytes => checked(InputSize * InputSize * 3);

    /// <summary>Side that the resize rule scales a picture to, before it is cropped.</summary>
    internal int ScaledSide => Resize == ResizeRule.CentreCrop ? ((InputSize * 8) + 3) / 7 : InputSize;

    /// <summary>Writes (rgb / 255 - mean) / std.</summary>
    /// <param name="rgb">[height, width, 3] bytes, red first.</param>
    /// <param name="chw">[3, height, width], as many numbers as there are bytes.</param>
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    public void Normalize(ReadOnlySpan<byte> rgb, Span<float> chw)
    {
        if (rgb.Length % 3 != 0 || chw.Length != rgb.Length)
        {
            throw new ArgumentException(
                $"Normalize needs whole RGB pixels and as many numbers as bytes; it got {rgb.Length} bytes and {chw.Length} numbers.");
        }

        var plane = rgb.Length / 3;
        for (var channel = 0; channel < 3; channel++)
        {
            var scale = 1 / (255 * Std[channel]);
            var shift = -Mean[channel] / Std[channel];
            var source = Channels == ChannelOrder.Rgb ? channel : 2 - channel;
            var target = chw.Slice(channel * plane, plane);
            for (var i = 0; i < target.Length; i++, source += 3)
            {
                target[i] = rgb[source] * scale + shift;
            }
        }
    }

    /// <summary>Whether another preprocessing normalises pixels in the same way, whatever their number.</summary>
    public bool NormalizesAs(Preprocessing other) =>
        Channels == other.Channels && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <summary>What is wrong with the values, or null.</summary>
    internal string? Fault()
    {
        if (InputSize is < 1 or > 4096)
        {
            return $"preprocessing.inputSize must be 1 to 4096, it is {InputSize}";
        }

        if (!Enum.IsDefined(Resize) || !Enum.IsDefined(Channels))
        {
            return "preprocessing.resize or preprocessing.channels is not one of the known values";
        }

        if (Mean.Length != 3 || !Array.TrueForAll(Mean, float.IsFinite))
        {
            return "preprocessing.mean must be three finite numbers";
        }

        return Std.Length == 3 && Array.TrueForAll(Std, value => float.IsFinite(value) && value > 0)
            ? null
            : "preprocessing.std must be three numbers above zero";
    }
}
