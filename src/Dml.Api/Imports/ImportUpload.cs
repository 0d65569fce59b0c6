using Dml.Api.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Imports;

/// <summary>Uploaded archives: kept in <c>data/imports</c> until their job has ended, told apart by their first bytes.</summary>
internal sealed class ImportUpload
{
    private const int TarMagicAt = 257;
    private readonly string _folder;
    private readonly Settings _settings;

    public ImportUpload(Settings settings)
    {
        _settings = settings;
        _folder = Path.Combine(settings.DataFolder, "imports");
        // Their jobs ended with the process that ran them.
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
        Directory.CreateDirectory(_folder);
    }

    /// <summary>Stores the body: a form's file field <c>archive</c>, or the bare bytes. The caller deletes the file.</summary>
    public async Task<(string Path, ProblemHttpResult? Problem)> SaveAsync(HttpRequest request, CancellationToken cancel)
    {
        var path = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
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
        return head.StartsWith("PK"u8) ? ZipSource.Open(path, _settings.MaxBodyBytes)
            : head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? TarSource.Open(path, isCompressed: true, _settings.MaxBodyBytes)
            : length > TarMagicAt && head[TarMagicAt..].SequenceEqual("ustar"u8) ? TarSource.Open(path, isCompressed: false, _settings.MaxBodyBytes)
            : null;
    }
}
