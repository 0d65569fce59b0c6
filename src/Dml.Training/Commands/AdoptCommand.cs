using System.CommandLine;
using System.Globalization;
using Dml.Embedding.Adoption;
using Dml.Training.Catalogues;

namespace Dml.Training.Commands;

/// <summary><c>dml adopt</c>.</summary>
internal static class AdoptCommand
{
    private static readonly string[] PictureEndings = [".jpg", ".jpeg", ".png", ".webp"];

    public static Command Create(TextWriter output)
    {
        var file = new Argument<string>("file") { Description = "The network, an ONNX file; its external data is beside it." };
        var target = new Option<string>("--out") { Description = "Folder of the embedder: models/<name>.", Required = true };
        var value = new Option<string?>("--output")
        {
            Description = "The value that becomes the embedding; when left out, the last output that depends on the picture alone.",
        };
        var pooling = new Option<string>("--pool")
        {
            Description = "How the output becomes one vector: auto, cls (the first token), average, tokens (all but the first) or none.",
            DefaultValueFactory = _ => "auto",
        };
        pooling.AcceptOnlyFromAmong([.. AdoptionPoolings.Names]);
        var preset = new Option<string?>("--preset")
        {
            Description = "How pictures are prepared, where no preprocessor_config.json beside the file says so: "
                + $"{string.Join(", ", PreprocessingPresets.All.Keys)}.",
        };
        var size = new Option<int?>("--size") { Description = "Side of the input in pixels, for a network that takes any." };
        var int8 = new Option<bool>("--int8") { Description = "Convolutions and linear layers in 8-bit integers." };
        var pictures = new Option<string?>("--pictures")
        {
            Description = "With --int8: a folder of pictures like those that will be embedded, to measure ranges on; at most 128 of them "
                + "are used.",
        };
        var command = new Command(
            "adopt", "Turn a published image network in ONNX into an embedder, and prove that its vectors are the same.")
        {
            file,
            target,
            value,
            pooling,
            preset,
            size,
            int8,
            pictures,
        };
        command.SetWork((line, cancel) =>
        {
            var options = new AdoptionOptions
            {
                Output = line.GetValue(value),
                Pooling = AdoptionPoolings.Parse(line.GetValue(pooling)),
                Preset = line.GetValue(preset),
                InputSize = line.GetValue(size),
                EightBits = line.GetValue(int8),
                Calibration = line.GetValue(pictures) is { } folder ? PicturesOf(folder) : [],
            };
            var folderOfEmbedder = line.GetRequiredValue(target);
            Say(NetworkAdoption.Adopt(line.GetRequiredValue(file), folderOfEmbedder, options, cancel), folderOfEmbedder, output);
            return ExitCodes.Success;
        });
        return command;
    }

    private static string[] PicturesOf(string folder)
    {
        const int MostPictures = 128;
        if (!Directory.Exists(folder))
        {
            throw new RecipeException($"adopt: --pictures should name a folder; '{folder}' does not exist.");
        }

        string[] files =
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(path => PictureEndings.Contains(Path.GetExtension(path).ToLowerInvariant()))
                .Order(StringComparer.Ordinal),
        ];
        // Not the first ones: they are often of one kind.
        new Random(1).Shuffle(files);
        return files.Length > 0
            ? files[..Math.Min(MostPictures, files.Length)]
            : throw new RecipeException($"adopt: the folder '{folder}' holds no {string.Join(", ", PictureEndings)} file.");
    }

    private static void Say(AdoptionReport report, string folder, TextWriter output)
    {
        var input = report.Preprocessing;
        output.WriteLine(
            $"Picture input: '{report.Input}', {input.InputSize} x {input.InputSize} pixels, {input.Resize}, {input.Channels}.");
        output.WriteLine($"Embedding: '{report.Output}', pooling {report.Pooling}, {report.Dimension} dimensions.");
        foreach (var (batch, difference) in report.Differences)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"Against the original, batch {batch}: unit vectors differ by at most {difference:E1}."));
        }

        if (report.OneByOne)
        {
            output.WriteLine("The original takes one picture at a time only; the embedder runs it on one after the other.");
        }

        if (report.Int8Cosine is { } cosine)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"In 8-bit integers: mean cosine to the original's vectors {cosine:F4}."));
        }

        output.WriteLine($"Written: {folder}. Measure it on your labels: dml eval {folder} --recipe recipe.json");
    }
}
