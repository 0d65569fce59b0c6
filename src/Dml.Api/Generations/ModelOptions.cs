using Dml.Api.Configuration;
using Dml.Embedding;

namespace Dml.Api.Generations;

/// <summary>The section <c>Models</c>: where embedders come from.</summary>
[Section("Models")]
internal sealed class ModelOptions
{
    private static readonly string[] Preferred = ["photo", "emoji"];

    /// <summary>Folder whose subfolders are embedders.</summary>
    [Folder]
    public string Folder { get; set; } = "models";

    /// <summary>
    /// Name of the embedder that the first generation uses; <c>auto</c> is <c>photo</c>, and <c>emoji</c> once the demo is imported. In a
    /// folder without <c>photo</c> it is <c>emoji</c>, else the first one by name.
    /// </summary>
    public string Active { get; set; } = "auto";

    /// <summary>Whether no embedder is named.</summary>
    public bool IsAuto => Active == "auto";

    /// <summary>The embedder of the first generation.</summary>
    public string First => !IsAuto ? Active : Preferred.FirstOrDefault(IsThere) ?? Present.FirstOrDefault(IsThere) ?? Preferred[0];

    private IEnumerable<string> Present => !Directory.Exists(Folder)
        ? []
        : Directory.EnumerateDirectories(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private bool IsThere(string name) => File.Exists(Path.Combine(Folder, name, EmbedderManifest.NetworkFileName));
}
