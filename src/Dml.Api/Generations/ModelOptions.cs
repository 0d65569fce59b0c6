using Dml.Api.Configuration;

namespace Dml.Api.Generations;

/// <summary>The section <c>Models</c>: where embedders come from.</summary>
[Section("Models")]
internal sealed class ModelOptions
{
    /// <summary>Folder whose subfolders are embedders.</summary>
    [Folder]
    public string Folder { get; set; } = "models";

    /// <summary>Name of the embedder that the first generation uses.</summary>
    public string Active { get; set; } = "emoji";
}
