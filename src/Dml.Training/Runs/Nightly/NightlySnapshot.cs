using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Files;
using Dml.Training.Catalogues;

namespace Dml.Training.Runs.Nightly;

/// <summary>
/// A catalogue's labelled pictures at one moment, as <c>dml nightly</c> takes them: <c>pictures.csv</c> (path, label, part, item; part is
/// <c>train</c> or <c>test</c>), <c>pairs.csv</c> (picture, picture, right or wrong), <c>embedder/</c> (the one to continue from) and
/// <c>snapshot.json</c> (<c>name</c> of the embedder to make, <c>recipe</c>: what to change of the recipe).
/// </summary>
internal sealed record NightlySnapshot(string Folder, string Name, JsonObject Recipe)
{
    public const string FileName = "snapshot.json";
    public const string PicturesName = "pictures.csv";

    public string EmbedderFolder => Path.Combine(Folder, "embedder");

    public string PairsPath => Path.Combine(Folder, "pairs.csv");

    /// <exception cref="RecipeException">The folder is not a snapshot.</exception>
    public static NightlySnapshot Open(string folder)
    {
        folder = Path.GetFullPath(folder);
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new RecipeException($"{folder} is not a snapshot: it has no {FileName}.");
        }

        try
        {
            return JsonNode.Parse(SmallFile.ReadText(path)) is JsonObject json && (string?)json["name"] is { } name
                ? new(folder, name, json["recipe"] as JsonObject ?? [])
                : throw new JsonException("expected an object with a name");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RecipeException($"{path}: {e.Message}", e);
        }
    }
}
