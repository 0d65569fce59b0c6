using System.Text.Json;
using System.Text.Json.Nodes;
using Quartz;

namespace Dml.Api.Retrains;

/// <summary>The section <c>Retrain</c> of the configuration.</summary>
internal sealed record RetrainSettings
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>When it begins by itself, in local time; null: never.</summary>
    public required CronExpression? Cron { get; init; }

    /// <summary>Changes of the active embedder's recipe; empty for none.</summary>
    public required JsonObject Recipe { get; init; }

    /// <summary>Threads of the training process, at least 1.</summary>
    public required int Threads { get; init; }

    /// <summary>Niceness of the training process, 0 to 19.</summary>
    public required int Nice { get; init; }

    /// <summary>Labelled pictures to train on without which a retrain is skipped.</summary>
    public required int MinItems { get; init; }

    public required TrainingProgram Program { get; init; }

    /// <summary>Where relative paths start, those of a recipe's pretrained weights among them.</summary>
    public required string Root { get; init; }

    /// <exception cref="SettingsException">A value is outside its range, or the recipe cannot be read.</exception>
    public static RetrainSettings Read(IConfiguration configuration, string root)
    {
        var threads = (int)Settings.Number(configuration, "Retrain:Threads", 0, 0, 1024);
        return new RetrainSettings
        {
            Cron = Schedule(configuration["Retrain:Cron"]),
            Recipe = ReadRecipe(configuration["Retrain:Recipe"], root),
            Threads = threads == 0 ? Math.Max(1, Environment.ProcessorCount / 2) : threads,
            Nice = (int)Settings.Number(configuration, "Retrain:Nice", 10, 0, 19),
            MinItems = (int)Settings.Number(configuration, "Retrain:MinItems", 100, 4, int.MaxValue),
            Program = TrainingProgram.At(configuration["Retrain:Program"], root),
            Root = root,
        };
    }

    private static CronExpression? Schedule(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        try
        {
            return new CronExpression(text, TimeZoneInfo.Local);
        }
        catch (FormatException exception)
        {
            throw new SettingsException($"Retrain:Cron is \"{text}\"; expected second, minute, hour, day, month, weekday, such as \"0 0 3 * * ?\", or nothing: {exception.Message}");
        }
    }

    private static JsonObject ReadRecipe(string? path, string root)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            return [];
        }

        path = Path.GetFullPath(path, root);
        try
        {
            return JsonNode.Parse(File.ReadAllText(path), null, Lenient) as JsonObject
                ?? throw new SettingsException($"Retrain:Recipe: {path} is not a JSON object.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new SettingsException($"Retrain:Recipe: {path} cannot be read: {exception.Message}");
        }
    }
}
