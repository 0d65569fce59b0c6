namespace Dml.Api.Imports;

/// <summary>
/// A file to import. <c>Path</c> is relative to the top of the import, with '/' between folders; <c>Problem</c> says why it
/// cannot be read.
/// </summary>
internal readonly record struct ImportFile(string Path, byte[] Bytes, string? Problem = null)
{
    /// <summary>The name of its folder; null at the top.</summary>
    public string? Label => Path.Split('/') is { Length: > 1 } parts ? parts[^2] : null;
}
