using Dml.Api.Configuration;

namespace Dml.Api.Generations;

/// <summary>The section <c>Models</c>: where embedders come from.</summary>
[Section("Models")]
internal sealed class ModelOptions
{
    /// <summary>Folder whose subfolders are embedders.</summary>
    [Folder]
    public string Folder { get; set; } = "models";

    /// <summary>
    /// Name of the embedder that the first generation uses; <c>auto</c> is <c>photo</c>, and <c>emoji</c> once the demo is imported.
    /// </summary>
    public string Active { get; set; } = "auto";

    /// <summary>Whether no embedder is named.</summary>
    public bool IsAuto => Active == "auto";

    /// <summary>The embedder of the first generation.</summary>
    public string First => !IsAuto ? Active : "photo";
}
