using System.Globalization;
using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Export;
using Dml.Training.Progress;
using Dml.Training.Recipes;

namespace Dml.Training.Runs;

/// <summary>
/// From a network to an embedder that the service can serve. The target is written only after all checks have passed.
/// </summary>
internal static class ExportRun
{
    private const int CalibrationPictures = 128;

    public static void Execute(
        ExportSource source, string target, bool int8, Workplace workplace, IDisplay display, CancellationToken cancel)
    {
        if (!source.Network.Head.GivesUnitVectors)
        {
            throw new RecipeException(
                "export: this network's head gives vectors of any length, the service needs length 1. Train with the head l2, linear or "
                    + "average-max.");
        }

        if (int8 && source.Recipe is null)
        {
            throw new RecipeException("export: --int8 needs pictures to measure ranges on: name them with --recipe recipe.json.");
        }

        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        var name = Path.GetFileName(target);
        var draft = Directory.CreateDirectory($"{target}.{Guid.NewGuid():N}.tmp").FullName;
        try
        {
            var floats = Path.Combine(draft, "floats");
            var parity = ExportFloats(source, name, floats, display);
            var figures = (source.Recipe, int8) switch
            {
                (null, _) => new JsonObject(),
                ({ } recipe, true) => MeasureBoth(source, recipe, name, floats, draft, workplace, display, cancel),
                ({ } recipe, false) => Measure(recipe, name, [floats], workplace, display, cancel)[0].Figures.ToJson(),
            };
            figures["onnxParity"] = parity;
            if (!int8)
            {
                File.Move(NetworkOf(floats), NetworkOf(draft));
            }

            EmbedderManifest
                .Describe(draft, name, source.Network.Dimension, source.Preprocessing, source.Origin, figures, source.Labels)
                .Save(draft);
            if (source is { WasTrained: true, Recipe: { } trained })
            {
                RunFolder.WriteText(Path.Combine(draft, "recipe.json"), trained.ToJson().ToJsonString(JsonText.Indented) + "\n");
            }

            EmbedderDraft.Publish(draft, target);
        }
        finally
        {
            if (Directory.Exists(draft))
            {
                Directory.Delete(draft, recursive: true);
            }
        }

        if (source.Epoch is { } epoch)
        {
            display.Say(epoch);
        }

        display.Say(
            source.Labels is { } labels
                ? $"Written: {target}. Labels that it has learnt: {labels.Count}."
                : $"Written: {target}. The labels that it has learnt are not known; the gate then compares on held-out labels only.");
    }

    private static double ExportFloats(ExportSource source, string name, string folder, IDisplay display)
    {
        Directory.CreateDirectory(folder);
        OnnxExporter.Export(source.Network, NetworkOf(folder));
        var parity = OnnxParity.Check(source.Network, NetworkOf(folder));
        foreach (var (batch, difference) in parity.Differences)
        {
            display.Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"ONNX Runtime against the network, batch {batch}: unit vectors differ by at most {difference:E2} (allowed: below "
                        + $"{OnnxParity.Tolerance:E0})"));
        }

        Describe(source, name, folder);
        return parity.Largest;
    }

    // Its own figures, and what each of them loses to rounding: the figure of floats less its own.
    private static JsonObject MeasureBoth(
        ExportSource source,
        Recipe recipe,
        string name,
        string floats,
        string folder,
        Workplace workplace,
        IDisplay display,
        CancellationToken cancel)
    {
        var data = new RecipeData(recipe, workplace.Root, workplace.Cache);
        display.Begin("decode pictures for calibration", CalibrationPictures);
        using (var pictures = data.OpenSample(source.Preprocessing, CalibrationPictures, new StageProgress(display), cancel))
        {
            OnnxExporter.ExportInt8(
                source.Network, NetworkOf(folder),
                Enumerable.Range(0, pictures.Count).Select(i => Normalized(pictures, i, source.Preprocessing)));
        }

        Describe(source, name, folder);
        var measured = Measure(recipe, name, [floats, folder], workplace, display, cancel);
        var figures = measured[1].Figures.ToJson();
        var (before, cost) = (new JsonObject(), new JsonObject());
        foreach (var figure in measured[0].Figures.Figures)
        {
            before[figure.Name] = Math.Round(figure.Value, 6);
            cost[figure.Name] = Math.Round(figure.Value - measured[1].Figures[figure.Name], 6);
        }

        figures["int8"] = new JsonObject { ["floats"] = before, ["cost"] = cost };
        return figures;
    }

    private static IReadOnlyList<EvaluatedEmbedder> Measure(
        Recipe recipe, string name, string[] folders, Workplace workplace, IDisplay display, CancellationToken cancel)
    {
        string[] names = folders.Length == 1 ? [name] : [$"{name}, floats", $"{name}, int8"];
        var evaluated = EvaluationRun.Execute(
            recipe, [.. folders.Zip(names, (folder, given) => EmbedderSource.OfFolder(folder) with { Name = given })], workplace,
            display, inference: null, reranking: null, cancel);
        display.Say(EvaluationTable.ToText(evaluated));
        return evaluated;
    }

    private static float[] Normalized(PixelCache pictures, int index, Preprocessing preprocessing)
    {
        var rgb = new byte[preprocessing.PixelBytes];
        pictures.Read(index, rgb);
        var chw = new float[rgb.Length];
        preprocessing.Normalize(rgb, chw);
        return chw;
    }

    private static void Describe(ExportSource source, string name, string folder) =>
        EmbedderManifest.Describe(folder, name, source.Network.Dimension, source.Preprocessing, source.Origin).Save(folder);

    private static string NetworkOf(string folder) => Path.Combine(folder, EmbedderManifest.NetworkFileName);
}
