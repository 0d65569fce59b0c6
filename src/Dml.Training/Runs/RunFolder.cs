using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Files;
using Dml.Training.Catalogues;
using Dml.Training.Recipes;

namespace Dml.Training.Runs;

/// <summary>The files of a training run.</summary>
public sealed class RunFolder
{
    private RunFolder(string path) => Folder = path;

    /// <summary>Its path.</summary>
    public string Folder { get; }

    /// <summary>The recipe with every default written out.</summary>
    public string RecipePath => Path.Combine(Folder, "recipe.json");

    /// <summary>The state after an epoch, or within one: what a resumed run continues from.</summary>
    public string CheckpointPath => Path.Combine(Folder, "checkpoint.safetensors");

    /// <summary>The weights of the epoch that the run keeps: what <c>dml export</c> exports.</summary>
    public string WeightsPath => Path.Combine(Folder, "weights.safetensors");

    /// <summary>One JSON object a line, for every epoch and every evaluation.</summary>
    public string MetricsPath => Path.Combine(Folder, "metrics.jsonl");

    /// <summary>The figures of every held-out query with the weights that the run keeps.</summary>
    public string QueriesPath => Path.Combine(Folder, "queries.json");

    /// <summary>Hashes of the labels that the run has looked at, for <c>model.json</c>; missing where they are not known.</summary>
    public string LabelsPath => Path.Combine(Folder, "labels.json");

    /// <summary>The batch whose loss was not a number, where that ended the run.</summary>
    public string BrokenBatchPath => Path.Combine(Folder, "broken-batch.safetensors");

    /// <summary>Curves and the picture wall.</summary>
    public string ReportPath => Path.Combine(Folder, "report.html");

    /// <summary>Begins a run. Replaces the recipe of a run that failed before its first epoch.</summary>
    /// <exception cref="RecipeException">There is a run in the folder already.</exception>
    public static RunFolder Begin(string folder, Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var run = new RunFolder(folder);
        if (File.Exists(run.CheckpointPath) || File.Exists(run.MetricsPath))
        {
            throw new RecipeException(
                $"{folder} already holds a run. Continue it with --resume, or start another one with --run <folder>.");
        }

        Directory.CreateDirectory(folder);
        File.Delete(run.LabelsPath);
        WriteText(run.RecipePath, recipe.ToJson().ToJsonString(JsonText.Indented) + "\n");
        return run;
    }

    /// <summary>Continues a run. Deletes what a killed process had begun to write.</summary>
    /// <exception cref="RecipeException">There is no run, or it was started with another recipe.</exception>
    public static RunFolder Resume(string folder, Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var run = Open(folder);
        var (begun, now) = (run.ReadRecipe().ToJson(), recipe.ToJson());
        var differences = now.Where(section => !JsonNode.DeepEquals(section.Value, begun[section.Key]))
            .Select(section => section.Key)
            .ToArray();
        if (differences.Length > 0)
        {
            throw new RecipeException(
                $"{folder} was started with another recipe: {string.Join(", ", differences)} differ. Resume it with {run.RecipePath}, or "
                + "start another run with --run <folder>.");
        }

        foreach (var unfinished in Directory.EnumerateFiles(folder, "*.tmp"))
        {
            File.Delete(unfinished);
        }

        return run;
    }

    /// <summary>A run that exists.</summary>
    /// <exception cref="RecipeException">There is none.</exception>
    public static RunFolder Open(string folder)
    {
        var run = new RunFolder(folder);
        return File.Exists(run.RecipePath)
            ? run
            : throw new RecipeException($"There is no run in {Path.GetFullPath(folder)}: it has no recipe.json.");
    }

    /// <summary>The recipe that the run was started with.</summary>
    public Recipe ReadRecipe() => RecipeFile.Load(RecipePath, []).Resolve();

    /// <summary>The hashes of <c>labels.json</c>; null where they are not known, as in runs of earlier versions.</summary>
    public IReadOnlyList<string>? ReadTrainedLabels() =>
        File.Exists(LabelsPath) ? JsonSerializer.Deserialize<string[]>(File.ReadAllText(LabelsPath)) : null;

    /// <summary>Adds labels before the run trains on them: a run that is resumed may find other pictures than it began with.</summary>
    /// <param name="hashes">Null where they are not known; then those of the run are not known either.</param>
    internal void AddTrainedLabels(IReadOnlyList<string>? hashes)
    {
        if (hashes is null || (File.Exists(CheckpointPath) && !File.Exists(LabelsPath)))
        {
            File.Delete(LabelsPath);
            return;
        }

        WriteText(LabelsPath, JsonSerializer.Serialize(TrainedLabels.Union(hashes, ReadTrainedLabels() ?? [])) + "\n");
    }

    /// <summary>Adds a line to <c>metrics.jsonl</c>; it is on the disk when this returns.</summary>
    public void AppendMetrics(JsonObject line)
    {
        ArgumentNullException.ThrowIfNull(line);
        using var file = new FileStream(MetricsPath, FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write(Encoding.UTF8.GetBytes(line.ToJsonString(JsonText.OneLine) + "\n"));
        file.Flush(flushToDisk: true);
    }

    /// <summary>The lines of <c>metrics.jsonl</c>; a last line that a crash has cut off is left out.</summary>
    public IReadOnlyList<JsonObject> ReadMetrics()
    {
        if (!File.Exists(MetricsPath))
        {
            return [];
        }

        var text = File.ReadAllText(MetricsPath);
        return
        [
            .. text[..(text.LastIndexOf('\n') + 1)]
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line)!.AsObject()),
        ];
    }

    /// <summary>Forgets lines of epochs that the checkpoint does not have, and a line that a crash cut off.</summary>
    /// <param name="epochsDone">Epochs that the checkpoint has.</param>
    public void ForgetMetricsAfter(int epochsDone)
    {
        var kept = ReadMetrics().Where(line => (int)line["epoch"]! <= epochsDone);
        WriteText(MetricsPath, string.Concat(kept.Select(line => line.ToJsonString(JsonText.OneLine) + "\n")));
    }

    /// <summary>Writes a text file of the run, whole or not at all.</summary>
    internal static void WriteText(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
