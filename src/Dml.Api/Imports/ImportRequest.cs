namespace Dml.Api.Imports;

/// <summary>A folder of the service's machine, below one of the configured roots (Imports:Roots).</summary>
internal sealed record ImportRequest(string? Folder);
