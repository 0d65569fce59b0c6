using Dml.Api.Configuration;

namespace Dml.Api.Demo;

/// <summary>The section <c>Demo</c>.</summary>
[Section("Demo")]
internal sealed class DemoOptions
{
    /// <summary>Whether an empty catalogue is filled with the demo drawings; null, and the page asks.</summary>
    public bool? Import { get; set; }

    /// <summary>Folder of the demo drawings.</summary>
    [Location]
    public string Folder { get; set; } = "node_modules/@iconify-json";

    /// <summary>The folders to look in: the configured one, then the one that a published service brings along.</summary>
    public IReadOnlyList<string> Folders => [Folder, Path.Combine(AppContext.BaseDirectory, "demo")];
}
