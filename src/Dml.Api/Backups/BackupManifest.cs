using System.Text.Json;

namespace Dml.Api.Backups;

/// <summary>
/// The last entry of an archive, which describes its content. Pictures are not listed individually, because their names
/// are the SHA-256 of their bytes; <c>PicturesSha256</c> is the hash of all names in their order.
/// </summary>
internal sealed record BackupManifest
{
    public const string FileName = "manifest.json";
    public const int KnownFormat = 1;

    // A million lost pictures, with some items of each.
    private const int MaxBytes = 256 << 20;
    private const int NamedItems = 20;

    public required int Format { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Version of the program that wrote it.</summary>
    public required string Program { get; init; }

    public required long Items { get; init; }

    public required long Pictures { get; init; }

    public required string PicturesSha256 { get; init; }

    /// <summary>Number and embedder of the active generation; null when there was none.</summary>
    public required int? Generation { get; init; }

    public required string? Model { get; init; }

    /// <summary>Pictures of the catalogue that could not be written, because they are damaged or missing.</summary>
    public IReadOnlyList<LostPicture> Lost { get; init; } = [];

    /// <summary>Every other file: the catalogue and the embedders.</summary>
    public required IReadOnlyList<BackupFile> Files { get; init; }

    /// <summary>What is lost, for people; empty if nothing is.</summary>
    public string Losses
    {
        get
        {
            var items = Lost.SelectMany(picture => picture.Items).ToList();
            var named = items.Count == 0 ? "" : $", of the items {string.Join(", ", items.Take(NamedItems))}";
            return Lost.Count == 0 ? "" : $"{Lost.Count} pictures are lost{named}{(items.Count > NamedItems ? " and others" : "")}.";
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    /// <exception cref="JsonException">The JSON is not a manifest, or too large for one.</exception>
    public static BackupManifest Read(Stream json) => json.Length > MaxBytes
        ? throw new JsonException($"The manifest has {json.Length} bytes; it may have at most {MaxBytes}.")
        : JsonSerializer.Deserialize<BackupManifest>(json, JsonSerializerOptions.Web)
            is { Files: not null, PicturesSha256: not null, Lost: not null } manifest
            ? manifest
            : throw new JsonException("The manifest is empty.");
}
