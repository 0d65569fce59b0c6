using Dml.Api.Configuration;

namespace Dml.Api.Imports;

/// <summary>The section <c>Imports</c>.</summary>
[Section("Imports")]
internal sealed class ImportOptions
{
    /// <summary>Folders below which imports may read the server's own files; by default none.</summary>
    [Location]
    public IReadOnlyList<string> Roots { get; set; } = [];
}
