using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Api.Imports.Archives;
using Dml.Api.Limits;
using Dml.Files;
using Microsoft.Extensions.Options;

namespace Dml.Api.Imports;

/// <summary>
/// Uploaded archives, kept in <c>data/imports</c> until their job has ended. Their type is detected from their first bytes.
/// The extension of a complete archive is the number of times that its import has been started; before it stands the hash of its key.
/// </summary>
internal sealed class ImportUpload
{
    /// <summary>How often an import is started, so that an archive that crashes the process does not do so at every start.</summary>
    public const int MostStarts = 5;

    private const string Uploading = ".tmp";
    private const string MostUnpacked = "Limits:MaxUnpackedBytes";
    private readonly string _folder;
    private readonly LimitOptions _limits;

    public ImportUpload(IOptions<DataOptions> data, IOptions<LimitOptions> limits)
    {
        _limits = limits.Value;
        _folder = Path.Combine(data.Value.Folder, "imports");
        DurableFolder.Create(_folder);
        foreach (var unfinished in Directory.EnumerateFiles(_folder, $"*{Uploading}"))
        {
            File.Delete(unfinished);
        }

        LeftOver = Directory.GetFiles(_folder);
    }

    /// <summary>Where archives are received.</summary>
    public string Folder => _folder;

    /// <summary>Archives whose import was interrupted by the end of an earlier process.</summary>
    public IReadOnlyList<string> LeftOver { get; }

    /// <summary>Receives an archive.</summary>
    /// <param name="save">Writes it to a path; returns null, or why it cannot.</param>
    /// <returns>The path; the caller deletes the file or passes it to <see cref="Keep"/>.</returns>
    public async Task<Result<string>> ReceiveAsync(Func<string, Task<Refusal?>> save)
    {
        var path = Path.Combine(_folder, $"{Guid.CreateVersion7():N}{Uploading}");
        var isReceived = false;
        try
        {
            if (await save(path) is { } refusal)
            {
                return refusal;
            }

            isReceived = true;
            return path;
        }
        finally
        {
            if (!isReceived)
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>The hash of the key that sent a kept archive; empty without keys.</summary>
    public static string KeyOf(string path) => Path.GetExtension(Path.GetFileNameWithoutExtension(path)).TrimStart('.');

    /// <summary>Makes an archive durable, so that the next start finds it. Returns its new path.</summary>
    /// <param name="path">The received archive.</param>
    /// <param name="key">The hash of the key that sent it, whose quotas count when the import is resumed; null without keys.</param>
    public string Keep(string path, string? key)
    {
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(file);
        }

        return Rename(path, key is null ? ".1" : $".{key}.1");
    }

    /// <summary>
    /// Counts another start of an interrupted import. Returns its new path; null when it was started too often and has been
    /// deleted.
    /// </summary>
    public string? StartAgain(string path)
    {
        if (int.TryParse(Path.GetExtension(path).TrimStart('.'), out var starts) && starts < MostStarts)
        {
            return Rename(path, $".{starts + 1}");
        }

        File.Delete(path);
        return null;
    }

    /// <summary>Opens an archive; null when the file is not an archive.</summary>
    /// <exception cref="InvalidDataException">A zip archive without a directory, or with too large a one.</exception>
    public ImportSource? Open(string path)
    {
        Span<byte> head = stackalloc byte[TarHeader.BlockBytes];
        int length;
        using (var file = File.OpenRead(path))
        {
            length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }

        head = head[..length];
        ArchiveReader? archive =
            head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8) || head.StartsWith("PK\x07\x08"u8) ? new ZipReader(path)
            : head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? OpenTar(path, isCompressed: true)
            : TarHeader.TryRead(head, out _) ? OpenTar(path, isCompressed: false)
            : null;
        return archive is null
            ? null
            : new ArchiveSource(archive, _limits.MaxBodyBytes, _limits.MaxUnpackedBytes, MostUnpacked);
    }

    private TarReader OpenTar(string path, bool isCompressed) => new(path, isCompressed, _limits.MaxUnpackedBytes, MostUnpacked);

    private string Rename(string path, string extension)
    {
        var renamed = Path.ChangeExtension(path, extension);
        File.Move(path, renamed);
        FolderFlush.Flush(_folder);
        return renamed;
    }
}
