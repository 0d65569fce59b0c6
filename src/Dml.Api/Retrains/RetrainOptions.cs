using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Configuration;
using Dml.Files;
using Quartz;

namespace Dml.Api.Retrains;

/// <summary>The section <c>Retrain</c>.</summary>
[Section("Retrain")]
internal sealed class RetrainOptions
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>When a retrain starts by itself, as a cron expression in local time; null: never.</summary>
    public string? Cron { get; set; }

    /// <summary>A JSON file with changes to the active embedder's recipe; null: none.</summary>
    [Location]
    public string? Recipe { get; set; }

    /// <summary>Threads of the training process; configured as 0, one for every two processors.</summary>
    [Range(0, 1024)]
    public int Threads { get => field == 0 ? Math.Max(1, Environment.ProcessorCount / 2) : field; set; }

    /// <summary>Niceness of the training process.</summary>
    [Range(0, 19)]
    public int Nice { get; set; } = 10;

    /// <summary>A retrain is skipped when there are fewer labelled pictures to train on.</summary>
    [Range(4, int.MaxValue)]
    public int MinItems { get; set; } = 100;

    /// <summary>The training program, <c>dml.dll</c>; null: the one beside the service, or the repository's build.</summary>
    [Location]
    public string? Program { get; set; }

    /// <summary><see cref="Cron"/>, parsed.</summary>
    public CronExpression? Schedule { get; private set; }

    /// <summary>The content of <see cref="Recipe"/>; empty without one.</summary>
    public JsonObject RecipeChanges { get; private set; } = [];

    /// <summary>The folder that relative paths start from, those of a recipe's pretrained weights included.</summary>
    public string Root { get; private set; } = "";

    /// <summary>Parses the schedule and reads the recipe; relative paths start from <paramref name="root"/>.</summary>
    /// <exception cref="SettingsException">The schedule is not a cron expression, or the recipe cannot be read.</exception>
    public void Resolve(string root)
    {
        Root = root;
        Schedule = Cron is null ? null : ParseSchedule(Cron);
        RecipeChanges = Recipe is null ? [] : ReadRecipe(Path.GetFullPath(Recipe, root));
    }

    private static CronExpression ParseSchedule(string text)
    {
        try
        {
            return new CronExpression(text, TimeZoneInfo.Local);
        }
        catch (FormatException exception)
        {
            throw new SettingsException(
                $"Retrain:Cron is \"{text}\"; expected second, minute, hour, day, month, weekday, such as \"0 0 3 * * ?\", or nothing: " +
                exception.Message);
        }
    }

    private static JsonObject ReadRecipe(string path)
    {
        try
        {
            return JsonNode.Parse(SmallFile.ReadText(path), null, Lenient) as JsonObject
                ?? throw new SettingsException($"Retrain:Recipe: {path} is not a JSON object.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new SettingsException($"Retrain:Recipe: {path} cannot be read: {exception.Message}");
        }
    }
}
