namespace Dml.Api.Imports;

/// <summary>A file of an import: to be imported, refused, or left out.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Bytes">The whole picture; empty when it is refused or left out.</param>
/// <param name="Problem">Why it is refused.</param>
/// <param name="LeftOut">The kind of what is not a picture, such as "HEIC".</param>
internal readonly record struct ImportFile(ImportPath Path, byte[] Bytes, string? Problem = null, string? LeftOut = null)
{
    /// <summary>The kind of a link, which is never followed.</summary>
    public const string Link = "symbolic link";
}
