namespace Dml.Contracts;

/// <summary>An import of a folder of the service's machine.</summary>
/// <param name="Folder">Its path, below one of the configured roots (Imports:Roots).</param>
public sealed record ImportRequest(string? Folder);
