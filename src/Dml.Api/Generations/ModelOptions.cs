using System.ComponentModel.DataAnnotations;
using Dml.Api.Configuration;
using Dml.Embedding;

namespace Dml.Api.Generations;

/// <summary>The section <c>Models</c>: where embedders come from.</summary>
[Section("Models")]
internal sealed class ModelOptions
{
    private const long MostTrialBytes = 4L << 30;

    private static readonly string[] Preferred = ["photo", "emoji"];

    /// <summary>Folder whose subfolders are embedders.</summary>
    [Location]
    public string Folder { get; set; } = "models";

    /// <summary>
    /// Name of the embedder that the first generation uses; <c>auto</c> is <c>photo</c>, and <c>emoji</c> once the demo is imported. In a
    /// folder without <c>photo</c> it is <c>emoji</c>, else the first one by name.
    /// </summary>
    public string Active { get; set; } = "auto";

    /// <summary>Seconds that the trial of an embedder, or its adoption, may take.</summary>
    [Range(1, 24 * 60 * 60)]
    public int TrialSeconds { get; set; } = 300;

    /// <summary>
    /// Memory of the process that tries an embedder, in bytes; configured as 0, half of what this process may use, and 4 GiB at most. Linux
    /// only.
    /// </summary>
    [Range(0.0, 1L << 50)]
    public long TrialBytes
    {
        get => field == 0 ? Math.Min(MostTrialBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2) : field;
        set;
    }

    /// <summary>Whether no embedder is named.</summary>
    public bool IsAuto => Active == "auto";

    /// <summary>The embedder of the first generation.</summary>
    public string First => !IsAuto ? Active : Preferred.FirstOrDefault(IsThere) ?? Present.FirstOrDefault(IsThere) ?? Preferred[0];

    private IEnumerable<string> Present => !Directory.Exists(Folder)
        ? []
        : Directory.EnumerateDirectories(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private bool IsThere(string name) => File.Exists(Path.Combine(Folder, name, EmbedderManifest.NetworkFileName));
}
