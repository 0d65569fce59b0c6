using System.Text.RegularExpressions;

namespace Dml.Api.Backups;

/// <summary>The paths that an archive may contain; they are the same as in the data folder.</summary>
internal static partial class BackupPaths
{
    public const string Catalogue = "catalogue.db";
    public const string Embedders = "embedders";
    public const string Pictures = "blobs";

    public static string OfPicture(string sha256) => $"{Pictures}/{sha256[..2]}/{sha256}";

    /// <summary>The SHA-256 in the path of a picture; null when the path is not that of a picture.</summary>
    public static string? PictureOf(string path) => Picture().Match(path) is { Success: true } match ? match.Groups["sha256"].Value : null;

    public static bool IsKnown(string path) =>
        path is Catalogue or BackupManifest.FileName || PictureOf(path) is not null || EmbedderFile().IsMatch(path);

    [GeneratedRegex(@"^blobs/(?<two>[0-9a-f]{2})/(?<sha256>\k<two>[0-9a-f]{62})\z")]
    private static partial Regex Picture();

    [GeneratedRegex(@"^embedders/[0-9a-f]{16}/(embedder\.onnx|model\.json)\z")]
    private static partial Regex EmbedderFile();
}
