using System.Diagnostics;
using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Evaluation;
using Dml.Training.Feedback;
using Dml.Training.Progress;
using Dml.Training.Recipes;

namespace Dml.Training.Runs.Nightly;

/// <summary>
/// A night's work on a snapshot, step by step: train the active embedder further, export, measure both. Killed at any moment and
/// started again with the same folders, it continues with what is left.
/// </summary>
internal static class NightlyRun
{
    /// <summary>Written last, in the folder of the results: the results.</summary>
    public const string OutcomeName = "outcome.json";

    /// <param name="snapshot">What to train on.</param>
    /// <param name="output">Folder of the run, of the embedder <c>&lt;name&gt;/</c> and of <see cref="OutcomeName"/>.</param>
    /// <param name="threads">libtorch's, at least 1.</param>
    /// <param name="display">Shows the progress.</param>
    /// <param name="cancel">Stops.</param>
    public static void Execute(NightlySnapshot snapshot, string output, int threads, IDisplay display, CancellationToken cancel)
    {
        output = Path.GetFullPath(output);
        var outcomePath = Path.Combine(output, OutcomeName);
        if (File.Exists(outcomePath))
        {
            display.Say($"{outcomePath} exists: nothing is left to do.");
            return;
        }

        var clock = Stopwatch.StartNew();
        // The recipe's own paths start at the snapshot, pretrained weights where the program was started.
        var workplace = new Workplace(snapshot.Folder, Path.Combine(output, "pixels"), TextWriter.Null);
        using var start = StartingPoint.Of(snapshot.EmbedderFolder, snapshot.Recipe, threads, Directory.GetCurrentDirectory());
        display.Say(start.Reason);
        var pairs = FeedbackPairs.Read(snapshot.PairsPath);
        var data = new RecipeData(start.Recipe, workplace.Root, workplace.Cache);
        var run = RunOf(output, start.Recipe);
        var images = NightlyTraining.Run(start, data, pairs, run, workplace, display, cancel);
        var choice = EpochChoice.Of(start.Recipe.Training, run.ReadMetrics());

        var candidate = Path.Combine(output, snapshot.Name);
        var active = EmbedderManifest.Load(snapshot.EmbedderFolder);
        var origin = choice.ToJson();
        // A map on top cannot be trained from a recipe alone, so that it has none to be continued by: the next night trains it further.
        origin[start.IsOnTop ? "map" : "recipe"] = start.IsOnTop ? MapOf(start.Recipe) : start.Recipe.ToJson();
        origin["from"] =
            new JsonObject { ["name"] = active.Name, ["fingerprint"] = active.Fingerprint, ["continued"] = start.IsContinued };
        origin["pairs"] = pairs.IsRight.Count;
        // A night has no teacher, whatever the recipe that it continues had.
        var labels = TrainedLabels.Of(start.Recipe with { Teacher = null }, data, workplace.Root, Directory.GetCurrentDirectory());
        var source = new ExportSource(
            start.Network, RecipeNetwork.PreprocessingOf(start.Recipe, start.Network), start.Recipe, WasTrained: !start.IsOnTop, origin)
        {
            // What a continued embedder had learnt before it has not forgotten.
            Labels = start.IsContinued ? TrainedLabels.Union(labels, active.TrainedLabels) : labels,
            Epoch = choice.ToString(),
        };
        ExportRun.Execute(source, candidate, int8: false, workplace, display, cancel);

        var outcome = Compare(snapshot.EmbedderFolder, candidate, start.Recipe, data, display, cancel);
        outcome["continued"] = start.IsContinued;
        outcome["start"] = start.Reason;
        outcome["epochs"] = choice.Last;
        outcome["images"] = images;
        outcome["seconds"] = Math.Round(clock.Elapsed.TotalSeconds, 1);
        RunFolder.WriteText(outcomePath, outcome.ToJsonString(JsonText.OneLine) + "\n");
        display.Say($"Written: {outcomePath}");
    }

    private static JsonObject MapOf(Recipe recipe)
    {
        var json = recipe.ToJson();
        return new() { Part("loss"), Part("sampler"), Part("training") };

        KeyValuePair<string, JsonNode?> Part(string name) => new(name, json[name]?.DeepClone());
    }

    private static RunFolder RunOf(string output, Recipe recipe)
    {
        var folder = Path.Combine(output, "run");
        return File.Exists(Path.Combine(folder, "recipe.json")) ? RunFolder.Resume(folder, recipe) : RunFolder.Begin(folder, recipe);
    }

    private static JsonObject Compare(
        string active, string candidate, Recipe recipe, RecipeData data, IDisplay display, CancellationToken cancel)
    {
        var before = Embed(active, "the active embedder", data, recipe, display, cancel);
        var after = Embed(candidate, "the candidate", data, recipe, display, cancel);
        display.Begin("compare", 1);
        return new JsonObject
        {
            ["figures"] = new JsonObject
            {
                ["before"] = data.Measure(before, thorough: true, cancel).ToJson(),
                ["after"] = data.Measure(after, thorough: true, cancel).ToJson(),
            },
            ["changed"] = new ChangedAnswers(data.HeldOutProtocol, data.Split.HeldOut).Of(before, after),
        };
    }

    private static float[] Embed(string folder, string name, RecipeData data, Recipe recipe, IDisplay display, CancellationToken cancel)
    {
        using var embedder = Embedder.Open(folder, new EmbedderOptions { Workers = 1 });
        display.Begin($"embed with {name}", data.Split.HeldOut.Count);
        using var pictures = data.OpenHeldOut(embedder.Manifest.Preprocessing, null, cancel);
        return HeldOutEvaluation.Embed(
            new OnnxEmbedder(embedder), pictures, recipe.Evaluation.BatchSize, new StageProgress(display), cancel);
    }
}
