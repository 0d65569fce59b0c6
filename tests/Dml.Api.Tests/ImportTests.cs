using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;

namespace Dml.Api.Tests;

public sealed class ImportTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private TestService _service = null!;

    private DmlClient Client => _service.Client;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Root => Path.Combine(_folder.Data, "..", "pictures");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Root);
        _service = await TestService.StartAsync(
            _folder, $"--Imports:Roots:0={Root}", "--Limits:MaxBodyBytes=200000", "--Limits:MaxImportBytes=1000000");
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    // Ids by the rule: '/' becomes '.', and what that could confuse carries a piece of the path's hash.
    private static Dictionary<string, byte[]> Files() => new()
    {
        ["apple/one.png"] = Pictures.Blocks(1),
        ["apple/two.png"] = Pictures.Blocks(2),
        ["fruit/red apple/three.png"] = Pictures.Blocks(3),
        ["top.png"] = Pictures.Blocks(4),
        ["apple/damaged.png"] = Pictures.Blocks(5)[..60],
        ["apple/large.png"] = new byte[300_000],
        ["apple/notes.txt"] = Encoding.UTF8.GetBytes("not a picture"),
        ["apple/phone.HEIC"] = Encoding.UTF8.GetBytes("not read"),
        ["apple/other.heic"] = Encoding.UTF8.GetBytes("not read"),
        ["README"] = Encoding.UTF8.GetBytes("no extension"),
        [".hidden/four.png"] = Pictures.Blocks(6),
        ["__MACOSX/apple/_one.png"] = Pictures.Blocks(7),
    };

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    public async Task An_archive_becomes_items_with_their_folders_as_labels(string kind)
    {
        var first = await ImportAsync(Archive(kind, Files()));
        Assert.Equal((JobState.Succeeded, 4, 0, 0, 2), Counts(first));
        AssertLeftOut(first);
        var problems = first.Result!["problems"]!.AsArray().Select(problem => (string)problem!).Order().ToList();
        Assert.StartsWith("apple/damaged.png: ", problems[0], StringComparison.Ordinal);
        Assert.Equal("apple/large.png: The file has more than 200000 bytes (Limits:MaxBodyBytes).", problems[1]);

        var items = await Client
            .ItemsAsync(cancel: Cancel)
            .ToDictionaryAsync(item => item.Id, item => item.Label, cancellationToken: Cancel);
        Assert.Equal(4, items.Count);
        Assert.Equal(("apple", "apple", null), (items["apple.one.png"], items["apple.two.png"], items["top.png"]));
        var odd = items.Keys.Single(id => id.StartsWith("fruit.red-apple.three.png-", StringComparison.Ordinal));
        Assert.Equal("red apple", items[odd]);
        Assert.Equal(odd, (await Client.SearchAsync(Pictures.Blocks(3), new() { K = 1 }, Cancel)).Hits.Single().Id);

        // Again: nothing changes, but what is another picture now.
        var changed = Files();
        changed["apple/two.png"] = Pictures.Blocks(20);
        Assert.Equal((JobState.Succeeded, 0, 1, 3, 2), Counts(await ImportAsync(Archive(kind, changed))));
        Assert.Equal(Pictures.Blocks(20), await Client.ImageAsync("apple.two.png", Cancel));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Data, "imports")));
    }

    [Fact]
    public async Task A_folder_below_a_root_is_imported_and_no_other()
    {
        foreach (var (path, bytes) in Files())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Root, "in", path))!);
            await File.WriteAllBytesAsync(Path.Combine(Root, "in", path), bytes, Cancel);
        }

        Directory.CreateSymbolicLink(Path.Combine(Root, "link"), _folder.Models);
        Directory.CreateSymbolicLink(Path.Combine(Root, "in", "link"), Path.Combine(Root, "in", "apple"));

        var job = await Client.WaitForJobAsync((await Client.ImportFolderAsync(Path.Combine(Root, "in"), Cancel)).Id, Cancel);
        Assert.Equal((JobState.Succeeded, 4, 0, 0, 2), Counts(job));
        Assert.Equal(
            """{"HEIC":2,"TXT":1,"no extension":1,"symbolic link":1}""", job.Result!["leftOut"]!.ToJsonString());
        Assert.Equal((11, 11), ((int)job.Done, (int)job.Total!));

        foreach (
            var folder in new[] { _folder.Models, Path.Combine(Root, "link"), Path.Combine(Root, "..", "models"), "/", Root + "-beside" }
        )
        {
            var refused = await Assert.ThrowsAsync<DmlException>(() => Client.ImportFolderAsync(folder, Cancel));
            Assert.Equal((folder, "folder-not-allowed"), (folder, refused.Code));
        }

        Assert.Equal(
            "not-found",
            (await Assert.ThrowsAsync<DmlException>(() => Client.ImportFolderAsync(Path.Combine(Root, "absent"), Cancel))).Code);

        // Links that lead to each other.
        File.CreateSymbolicLink(Path.Combine(Root, "round"), Path.Combine(Root, "about"));
        File.CreateSymbolicLink(Path.Combine(Root, "about"), Path.Combine(Root, "round"));
        foreach (var nonsense in new[] { "", "/x\0y", Path.Combine(Root, "round", "x") })
        {
            var refused = await Assert.ThrowsAsync<DmlException>(() => Client.ImportFolderAsync(nonsense, Cancel));
            Assert.Equal((nonsense, "bad-request"), (nonsense, refused.Code));
        }
    }

    [Theory]
    [InlineData("{\"folder\":\"\\ud800\"}", 400)]
    [InlineData("{\"folder\":3}", 400)]
    [InlineData("{\"folder\":", 400)]
    [InlineData("null", 400)]
    [InlineData("70000 letters", 413)]
    public async Task The_name_of_a_folder_is_short_json(string json, int status)
    {
        var text = json == "70000 letters" ? $"{{\"folder\":\"{new string('a', 70_000)}\"}}" : json;
        using var body = new StringContent(text, Encoding.UTF8, "application/json");
        using var answer = await _service.Http.PostAsync("imports", body, Cancel);
        Assert.Equal((status, status == 413 ? "too-large" : "bad-request"), ((int)answer.StatusCode, await answer.ProblemCodeAsync()));
        Assert.Empty(await Client.JobsAsync(Cancel));
    }

    [Fact]
    public async Task What_is_no_archive_is_refused()
    {
        var zip = Archive("zip", Files());
        foreach (var bytes in new[] { Pictures.Blocks(1), [], zip[..(zip.Length / 2)] })
        {
            var refused = await Assert.ThrowsAsync<DmlException>(() => Client.ImportAsync(new MemoryStream(bytes), Cancel));
            Assert.Equal((415, "not-an-archive"), ((int)refused.Status, refused.Code));
        }

        var large = await Assert.ThrowsAsync<DmlException>(() => Client.ImportAsync(new MemoryStream(new byte[1_000_001]), Cancel));
        Assert.Equal("too-large", large.Code);
        Assert.Contains("at most 1000000 bytes (Limits:MaxImportBytes)", large.Message, StringComparison.Ordinal);
        Assert.Empty(await Client.JobsAsync(Cancel));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Data, "imports")));
    }

    [Fact]
    public async Task A_form_with_an_endless_boundary_is_refused()
    {
        using var body = new StringContent("x");
        body.Headers.Remove("Content-Type");
        body.Headers.TryAddWithoutValidation("Content-Type", $"multipart/form-data; boundary={new string('b', 5000)}");
        using var answer = await _service.Http.PostAsync("imports", body, Cancel);
        Assert.Equal((400, "bad-form"), ((int)answer.StatusCode, await answer.ProblemCodeAsync()));
    }

    [Fact]
    public async Task A_form_carries_an_archive_too()
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Archive("zip", Files())), "archive", "pictures.zip" } };
        using var answer = await _service.Http.PostAsync("imports", form, Cancel);
        Assert.Equal(202, (int)answer.StatusCode);
        var job = await Client.WaitForJobAsync(answer.Headers.Location!.OriginalString.Split('/')[^1], Cancel);
        Assert.Equal((JobState.Succeeded, 4, 0, 0, 2), Counts(job));
    }

    private async Task<Job> ImportAsync(byte[] archive) =>
        await Client.WaitForJobAsync((await Client.ImportAsync(new MemoryStream(archive), Cancel)).Id, Cancel);

    // What is not a picture is counted by kind and named; what is hidden is only counted.
    private static void AssertLeftOut(Job job)
    {
        Assert.Equal("""{"HEIC":2,"TXT":1,"no extension":1}""", job.Result!["leftOut"]!.ToJsonString());
        Assert.Equal(
            """["README","apple/notes.txt","apple/other.heic","apple/phone.HEIC"]""", job.Result["leftOutNames"]!.ToJsonString());
        Assert.Equal((4, 2), ((int)job.Result["ignored"]!, (int)job.Result["hidden"]!));
    }

    private static (JobState State, int Added, int Replaced, int Present, int Refused) Counts(Job job) => (
        job.State, (int)job.Result!["added"]!, (int)job.Result["replaced"]!, (int)job.Result["present"]!, (int)job.Result["refused"]!);

    private static byte[] Archive(string kind, Dictionary<string, byte[]> files)
    {
        var bytes = new MemoryStream();
        if (kind == "zip")
        {
            using var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true);
            foreach (var (path, content) in files)
            {
                using var entry = archive.CreateEntry(path).Open();
                entry.Write(content);
            }
        }
        else
        {
            using Stream target =
                kind == "tar" ? new BufferedStream(bytes) : new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true);
            using (var archive = new TarWriter(target, leaveOpen: true))
            {
                foreach (var (path, content) in files)
                {
                    archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content) });
                }
            }

            target.Flush();
            return kind == "tar" ? bytes.ToArray() : Closed(target, bytes);
        }

        return bytes.ToArray();
    }

    private static byte[] Closed(Stream compressed, MemoryStream bytes)
    {
        compressed.Dispose();
        return bytes.ToArray();
    }
}
