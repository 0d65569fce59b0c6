using System.Globalization;
using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Export;
using Dml.Training.Recipes;
using Dml.Training.Reporting;

namespace Dml.Training.Commands;

/// <summary>From a run to an embedder that the service can serve. Nothing appears under the target before everything is proved.</summary>
internal static class ExportRun
{
    public static void Execute(RunFolder run, string target, Workplace workplace, IDisplay display, CancellationToken cancel)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        var recipe = run.ReadRecipe();
        using var network = EmbedderSource.LoadTrained(run, recipe);
        var preprocessing = RecipeNetwork.PreprocessingOf(recipe, network);
        var draft = Directory.CreateDirectory($"{target}.{Guid.NewGuid():N}.tmp").FullName;
        try
        {
            OnnxExporter.Export(network, Path.Combine(draft, EmbedderManifest.NetworkFileName));
            var parity = OnnxParity.Check(network, Path.Combine(draft, EmbedderManifest.NetworkFileName));
            foreach (var (batch, difference) in parity.Differences)
            {
                display.Say(string.Create(CultureInfo.InvariantCulture, $"ONNX Runtime against the network, batch {batch}: unit vectors differ by at most {difference:E2} (allowed: below {OnnxParity.Tolerance:E0})"));
            }

            var name = Path.GetFileName(target);
            EmbedderManifest.Describe(draft, name, network.Dimension, preprocessing, Training(run, recipe)).Save(draft);
            var source = EmbedderSource.OfFolder(draft) with { Name = name };
            var evaluated = EvaluationRun.Execute(recipe, [source], workplace, display, cancel)[0];
            display.Say(EvaluationTable.ToText([evaluated]));

            var figures = evaluated.Figures.ToJson();
            figures["onnxParity"] = parity.Largest;
            EmbedderManifest.Describe(draft, name, network.Dimension, preprocessing, Training(run, recipe), figures).Save(draft);
            RunFolder.WriteText(Path.Combine(draft, "recipe.json"), recipe.ToJson().ToJsonString(JsonText.Indented) + "\n");
            Publish(draft, target);
        }
        finally
        {
            if (Directory.Exists(draft))
            {
                Directory.Delete(draft, recursive: true);
            }
        }
        display.Say($"Written: {target}");
    }

    private static JsonObject Training(RunFolder run, Recipe recipe)
    {
        var lines = run.ReadMetrics();
        return new()
        {
            ["recipe"] = recipe.ToJson(),
            ["epochs"] = lines.Where(l => (string?)l["kind"] == MetricsLine.Evaluation).Select(l => (int)l["epoch"]!).DefaultIfEmpty().Last(),
            ["images"] = lines.Where(l => (string?)l["kind"] == MetricsLine.Epoch).Sum(l => (long)l["images"]!),
        };
    }

    // File by file, the manifest last: a reader that meets the new network with the old manifest is told so by the manifest's hash.
    private static void Publish(string draft, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var name in (string[])[EmbedderManifest.NetworkFileName, "recipe.json", EmbedderManifest.FileName])
        {
            File.Move(Path.Combine(draft, name), Path.Combine(target, name), overwrite: true);
        }
    }
}
