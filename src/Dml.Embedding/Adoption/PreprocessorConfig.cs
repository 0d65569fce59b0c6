using System.Text.Json;
using Dml.Files;

namespace Dml.Embedding.Adoption;

/// <summary>
/// Reads how pictures are prepared from the files that Hugging Face's transformers and timm put beside a network:
/// <c>preprocessor_config.json</c>, or <c>config.json</c> with <c>pretrained_cfg</c>.
/// </summary>
internal static class PreprocessorConfig
{
    private const int MaxBytes = 1 << 20;

    /// <summary>The preprocessing that a folder's files state; null where there is none.</summary>
    /// <exception cref="AdoptionException">A file that cannot be read, or states what no embedder can do.</exception>
    public static Preprocessing? Find(string folder)
    {
        if (TryRead(Path.Combine(folder, "preprocessor_config.json")) is { } transformers)
        {
            return OfTransformers(transformers);
        }

        return TryRead(Path.Combine(folder, "config.json")) is { } timm
            && timm.RootElement.ValueKind == JsonValueKind.Object
            && timm.RootElement.TryGetProperty("pretrained_cfg", out var stated) ? OfTimm(stated) : null;
    }

    private static JsonDocument? TryRead(string path)
    {
        try
        {
            return JsonDocument.Parse(new MemoryStream(SmallFile.ReadBytes(path, MaxBytes)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            throw new AdoptionException($"{path} is not JSON: {exception.Message}", exception);
        }
        catch (IOException exception)
        {
            throw new AdoptionException(exception.Message, exception);
        }
    }

    // image_mean and image_std count from 0 to 1 after the factor; crop_size is what the network sees, size what comes before it.
    private static Preprocessing OfTransformers(JsonDocument document)
    {
        var root = document.RootElement;
        try
        {
            var factor = Flag(root, "do_rescale", true) ? Number(root, "rescale_factor", 1 / 255.0) : 1;
            var normalizes = Flag(root, "do_normalize", true);
            var mean = normalizes ? Planes(root, "image_mean") : [0, 0, 0];
            var std = normalizes ? Planes(root, "image_std") : [1, 1, 1];
            var crops = Flag(root, "do_center_crop", false);
            var scaled = Side(root, "size", out var keepsAspect);
            var side = crops ? Side(root, "crop_size", out _) ?? scaled : scaled;
            if (side is not { } input)
            {
                throw new AdoptionException(
                    AdoptionQuestion.InputSize, "preprocessor_config.json states no size of the input. State it (dml adopt --size).");
            }

            return new()
            {
                InputSize = input,
                Resize = Rule(input, scaled ?? input, crops, keepsAspect),
                // (rgb * factor - mean) / std, in terms of rgb / 255.
                Mean = [.. mean.Select(value => (float)(value / (factor * 255)))],
                Std = [.. std.Select(value => (float)(value / (factor * 255)))],
            };
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new AdoptionException(
                "preprocessor_config.json should state size, image_mean and image_std as transformers writes them; "
                + $"it cannot be read: {exception.Message}", exception);
        }
    }

    private static Preprocessing OfTimm(JsonElement stated)
    {
        try
        {
            var input = stated.GetProperty("input_size")[1].GetInt32();
            var scaled = (int)Math.Round(input / Number(stated, "crop_pct", 1));
            var squashes = stated.TryGetProperty("crop_mode", out var mode) && mode.GetString() == "squash";
            return new()
            {
                InputSize = input,
                Resize = squashes ? ResizeRule.Squash : Rule(input, scaled, crops: true, keepsAspect: true),
                Mean = [.. Planes(stated, "mean").Select(value => (float)value)],
                Std = [.. Planes(stated, "std").Select(value => (float)value)],
            };
        }
        catch (Exception exception) when (
            exception is InvalidOperationException or FormatException or KeyNotFoundException or IndexOutOfRangeException)
        {
            throw new AdoptionException(
                "config.json should state input_size, mean and std in pretrained_cfg as timm writes them; it cannot be read: "
                + exception.Message, exception);
        }
    }

    // Of the two rules that crop, the one that scales to nearly the same side.
    private static ResizeRule Rule(int input, int scaled, bool crops, bool keepsAspect) =>
        !crops && !keepsAspect ? ResizeRule.Squash
        : scaled > input * 15 / 14 ? ResizeRule.CentreCrop
        : ResizeRule.ShortSideCrop;

    private static int? Side(JsonElement root, string name, out bool keepsAspect)
    {
        keepsAspect = false;
        if (!root.TryGetProperty(name, out var size))
        {
            return null;
        }

        if (size.ValueKind == JsonValueKind.Number)
        {
            // The older form. CLIP's crops it, ViT's states both sides by one number.
            keepsAspect = Flag(root, "do_center_crop", false);
            return size.GetInt32();
        }

        if (size.TryGetProperty("shortest_edge", out var edge))
        {
            keepsAspect = true;
            return edge.GetInt32();
        }

        var (height, width) = (size.GetProperty("height").GetInt32(), size.GetProperty("width").GetInt32());
        return height == width
            ? height
            : throw new AdoptionException($"The input should be square; {name} in preprocessor_config.json is {width} x {height}.");
    }

    private static bool Flag(JsonElement root, string name, bool otherwise) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetBoolean() : otherwise;

    private static double Number(JsonElement root, string name, double otherwise) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetDouble() : otherwise;

    private static double[] Planes(JsonElement root, string name)
    {
        double[] values = [.. root.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];
        return values.Length == 3 ? values : throw new FormatException($"{name} has {values.Length} numbers instead of 3");
    }
}
