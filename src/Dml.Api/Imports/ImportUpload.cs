using Dml.Api.Configuration;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Files;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Dml.Api.Imports;

/// <summary>
/// Uploaded archives: kept in <c>data/imports</c> until their job has ended, told apart by their first bytes. The name of
/// one that came whole ends in the number of times that its import has begun.
/// </summary>
internal sealed class ImportUpload
{
    /// <summary>How often an import is begun: an archive that ends the process itself must not do so at every start.</summary>
    public const int MostBeginnings = 5;

    private const int TarMagicAt = 257;
    private const string Uploading = ".tmp";
    private readonly string _folder;
    private readonly LimitOptions _limits;

    public ImportUpload(IOptions<DataOptions> data, IOptions<LimitOptions> limits)
    {
        _limits = limits.Value;
        _folder = Path.Combine(data.Value.Folder, "imports");
        Directory.CreateDirectory(_folder);
        foreach (var unfinished in Directory.EnumerateFiles(_folder, $"*{Uploading}"))
        {
            File.Delete(unfinished);
        }

        LeftOver = Directory.GetFiles(_folder);
    }

    /// <summary>Archives whose import the end of an earlier process interrupted.</summary>
    public IReadOnlyList<string> LeftOver { get; }

    /// <summary>Stores the body: a form's file field <c>archive</c>, or the bare bytes. The caller deletes the file, or keeps it.</summary>
    public async Task<(string Path, ProblemHttpResult? Problem)> SaveAsync(HttpRequest request, CancellationToken cancel)
    {
        var path = Path.Combine(_folder, $"{Guid.CreateVersion7():N}{Uploading}");
        try
        {
            if (request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
            {
                var problem = await MultipartBody.SaveAsync(request, new Dictionary<string, string> { ["archive"] = path }, cancel);
                return (path, problem);
            }

            await using var file = File.Create(path);
            await request.Body.CopyToAsync(file, cancel);
            return (path, null);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Makes an archive durable: from now on a start finds it. Its new path.</summary>
    public string Keep(string path)
    {
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(file);
        }

        return Rename(path, 1);
    }

    /// <summary>Counts one more beginning of a left over import: its new path, or null when it has begun too often and is deleted.</summary>
    public string? BeginAgain(string path)
    {
        if (int.TryParse(Path.GetExtension(path).TrimStart('.'), out var begun) && begun < MostBeginnings)
        {
            return Rename(path, begun + 1);
        }

        File.Delete(path);
        return null;
    }

    /// <summary>Null when the file is no archive.</summary>
    /// <exception cref="InvalidDataException">A zip archive whose directory is damaged.</exception>
    public ImportSource? Open(string path)
    {
        Span<byte> head = stackalloc byte[TarMagicAt + 5];
        int length;
        using (var file = File.OpenRead(path))
        {
            length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }

        head = head[..length];
        return head.StartsWith("PK"u8) ? ZipSource.Open(path, _limits.MaxBodyBytes)
            : head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? TarSource.Open(path, isCompressed: true, _limits.MaxBodyBytes)
            : length > TarMagicAt && head[TarMagicAt..].SequenceEqual("ustar"u8) ? TarSource.Open(path, isCompressed: false, _limits.MaxBodyBytes)
            : null;
    }

    private string Rename(string path, int beginning)
    {
        var renamed = Path.ChangeExtension(path, $".{beginning}");
        File.Move(path, renamed);
        FolderFlush.Flush(_folder);
        return renamed;
    }
}
