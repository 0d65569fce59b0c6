using System.Formats.Tar;
using System.IO.Compression;
using Dml.Client;
using Dml.Contracts;

namespace Dml.Api.Tests.Support;

/// <summary>A service, and the same files imported into it from every kind of source.</summary>
internal sealed class ImportedFiles : IAsyncDisposable
{
    private readonly TestFolder _folder;
    private readonly TestService _service;
    private int _imports;

    private ImportedFiles(TestFolder folder, TestService service) => (_folder, _service) = (folder, service);

    public static TheoryData<string> Sources => ["zip", "tar", "tar.gz", "folder"];

    public static TheoryData<string> Archives => ["zip", "tar", "tar.gz"];

    public DmlClient Client => _service.Client;

    public HttpClient Http => _service.Http;

    /// <summary>A folder from which imports are allowed.</summary>
    public string Root => RootOf(_folder);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<ImportedFiles> StartAsync(params string[] more)
    {
        var folder = new TestFolder();
        Directory.CreateDirectory(RootOf(folder));
        return new ImportedFiles(
            folder,
            await TestService.StartAsync(
                folder,
                [$"--Imports:Roots:0={RootOf(folder)}", "--Limits:MaxBodyBytes=200000", "--Limits:MaxImportBytes=2000000", .. more]));
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Imports files, which may have the same path twice, from a source of a kind.</summary>
    public async Task<Job> ImportAsync(string kind, params (string Path, byte[] Bytes)[] files)
    {
        if (kind != "folder")
        {
            return await ImportAsync(Archive(kind, files));
        }

        var folder = Path.Combine(Root, $"{_imports++}");
        Directory.CreateDirectory(folder);
        foreach (var (path, bytes) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            await File.WriteAllBytesAsync(Path.Combine(folder, path), bytes, Cancel);
        }

        return await ImportFolderAsync(folder);
    }

    public async Task<Job> ImportFolderAsync(string folder) =>
        await Client.WaitForJobAsync((await Client.ImportFolderAsync(folder, Cancel)).Id, Cancel);

    public async Task<Job> ImportAsync(byte[] archive) =>
        await Client.WaitForJobAsync((await Client.ImportAsync(new MemoryStream(archive), Cancel)).Id, Cancel);

    /// <summary>Label by id.</summary>
    public async Task<Dictionary<string, string?>> LabelsAsync() =>
        await Client.ItemsAsync(cancel: Cancel).ToDictionaryAsync(item => item.Id, item => item.Label, cancellationToken: Cancel);

    public static (JobState State, int Added, int Replaced, int Present, int Refused) Counts(Job job) => (
        job.State, (int)job.Result!["added"]!, (int)job.Result["replaced"]!, (int)job.Result["present"]!, (int)job.Result["refused"]!);

    public static string[] Problems(Job job) =>
        [.. job.Result!["problems"]!.AsArray().Select(problem => (string)problem!).Order(StringComparer.Ordinal)];

    public static byte[] GZip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    public static byte[] Archive(string kind, params (string Path, byte[] Bytes)[] files)
    {
        var bytes = new MemoryStream();
        if (kind == "zip")
        {
            using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var (path, content) in files)
                {
                    using var entry = archive.CreateEntry(path).Open();
                    entry.Write(content);
                }
            }

            return bytes.ToArray();
        }

        using (var archive = new TarWriter(bytes, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content) });
            }
        }

        return kind == "tar" ? bytes.ToArray() : GZip(bytes.ToArray());
    }

    private static string RootOf(TestFolder folder) => Path.GetFullPath(Path.Combine(folder.Data, "..", "pictures"));
}
