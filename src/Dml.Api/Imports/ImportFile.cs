namespace Dml.Api.Imports;

/// <summary>A file to be imported, by its path below the import's top, with '/' between folders; or why its bytes cannot be had.</summary>
internal readonly record struct ImportFile(string Path, byte[] Bytes, string? Problem = null)
{
    /// <summary>The name of the folder that holds it; null at the top.</summary>
    public string? Label => Path.Split('/') is { Length: > 1 } parts ? parts[^2] : null;
}
