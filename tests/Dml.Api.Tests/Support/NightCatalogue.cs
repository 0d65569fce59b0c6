using System.Runtime.InteropServices;
using Dml.Client;
using Dml.Embedding;
using Dml.Tests.Shared;

namespace Dml.Api.Tests.Support;

/// <summary>
/// Thirty labels of five pictures: a square of the label's colour somewhere on noise. What the tiny embedder sees is mostly where the
/// square lies; a network has to learn that its colour is what counts.
/// </summary>
internal static class NightCatalogue
{
    public const int Labels = 30;
    public const int Each = 5;
    public const int Items = Labels * Each;
    private const int Side = 32;

    /// <summary>A network that learns in seconds, from nothing where the active embedder cannot be continued.</summary>
    public const string Recipe = """
        {
          "backbone": { "name": "deit-tiny", "inputSize": 16, "patchSize": 8, "depth": 1, "width": 32, "heads": 2 },
          "head": { "name": "linear", "dimension": 16 },
          "resize": "squash",
          "augmentation": ["random-affine"],
          "sampler": { "name": "balanced", "classes": 8, "pictures": 3 },
          "training": { "epochs": 30, "learningRate": 3e-3, "averageDecay": 0.9, "headOnlyEpochs": 0 }
        }
        """;

    /// <summary>Settings of a service that learns from it.</summary>
    public static string[] Settings(TestFolder folder, string recipe = Recipe)
    {
        var path = Path.Combine(folder.Models, "..", "recipe.json");
        File.WriteAllText(path, recipe);
        return [$"--Retrain:Recipe={path}", "--Retrain:MinItems=20", "--Retrain:Threads=1", "--Retrain:Nice=0", "--Gate:HeldOut=0.4"];
    }

    /// <summary>Where the training program was built, with the tests.</summary>
    public static string TrainerFolder
    {
        get
        {
            // …/bin/Release/net10.0
            var output = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(Repository.Root, "src", "Dml.Training", "bin", output.Parent!.Name, output.Name);
        }
    }

    /// <summary>Skips a test that trains where there is no libtorch.</summary>
    public static void SkipWithoutTrainer() =>
        Assert.SkipUnless(
            RuntimeInformation.RuntimeIdentifier is "linux-x64" or "osx-arm64" or "win-x64",
            "NuGet has no libtorch for this system, so nothing trains here.");

    public static string Id(int item) => $"n{item:d3}";

    public static string Label(int item) => $"colour {item / Each}";

    public static byte[] Picture(int item)
    {
        var colour = new byte[3];
        new Random(1000 + (item / Each)).NextBytes(colour);
        var random = new Random(item);
        var rgb = new byte[Side * Side * 3];
        for (var i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)(108 + random.Next(40));
        }

        var (left, top) = (random.Next(Side / 2), random.Next(Side / 2));
        for (var y = top; y < top + (Side / 2); y++)
        {
            for (var x = left; x < left + (Side / 2); x++)
            {
                colour.CopyTo(rgb, ((y * Side) + x) * 3);
            }
        }

        using var image = VipsImage.FromRgb(rgb, Side, Side);
        return image.Encode(PictureFormat.Png);
    }

    public static Task FillAsync(DmlClient client) => Parallel.ForAsync(
        0, Items, TestContext.Current.CancellationToken,
        async (i, cancel) => await client.PutItemAsync(Id(i), Picture(i), new() { Label = Label(i) }, cancel));
}
