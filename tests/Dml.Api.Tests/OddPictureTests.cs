using System.Net;
using System.Security.Cryptography;
using Dml.Api.Imports;
using Dml.Api.Imports.Archives;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>What fails for one picture is that picture's refusal: no bare 500, and no end of an import.</summary>
public sealed class OddPictureTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_picture_without_a_direction_is_refused_by_name()
    {
        // Black has no direction.
        var weights = Enumerable.Repeat(1f, 3 * TinyEmbedder.Side * TinyEmbedder.Side * 2).ToArray();
        TinyEmbedder.Write(Path.Combine(_folder.Models, "odd"), "odd", weights, [0, 0], mean: 0, std: 1, trainedLabels: null);
        await using var service = await TestService.StartAsync(_folder, "--Models:Active=odd");
        await ExpectRefusalAsync(service, Coloured(0), "The embedder odd gives no vector for this picture.");

        var job = await ImportAsync(service, Coloured(0));
        Assert.Equal((JobState.Succeeded, 20, 0, 0, 1), ImportedFiles.Counts(job));
        Assert.StartsWith(
            "cls/10 odd.png: The embedder odd gives no vector for this picture.", ImportedFiles.Problems(job).Single(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_takes_too_long_is_refused_by_name_and_its_batch_is_not()
    {
        HostileNetwork.Write(Path.Combine(_folder.Models, "slow"), "slow", HostileNetwork.OfTimeForRed());
        await using var service = await TestService.StartAsync(
            _folder, "--Models:Active=slow", "--Embedder:RunSeconds=2", "--Embedder:Workers=1", "--Embedder:BatchSize=8");
        await ExpectRefusalAsync(service, Coloured(255), "took more than 2 seconds (Embedder:RunSeconds)");

        var job = await ImportAsync(service, Coloured(255));
        Assert.Equal((JobState.Succeeded, 20, 0, 0, 1), ImportedFiles.Counts(job));
        Assert.StartsWith("cls/10 odd.png: ", ImportedFiles.Problems(job).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_that_the_disk_does_not_take_is_refused_by_name()
    {
        await using var service = await TestService.StartAsync(_folder);
        var picture = Pictures.Blocks(100);
        // A folder is in the file's place. (A file in its folder's place would be removed by the sweep of the start.)
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(picture));
        var place = Path.Combine(_folder.Data, "blobs", sha256[..2], sha256);
        Directory.CreateDirectory(place);
        using (var put = await service.Http.PutAsync("x", picture))
        {
            Assert.Equal((HttpStatusCode.InternalServerError, "disk-failed"), (put.StatusCode, await put.ProblemCodeAsync()));
        }

        var job = await ImportAsync(service, picture);
        Assert.Equal((JobState.Succeeded, 1), (job.State, (int)job.Result!["refused"]!));
        Assert.Equal(20, (int)job.Result["added"]!);
        Assert.Equal(
            "cls/10 odd.png: It could not be stored; the log of the service has the cause.", ImportedFiles.Problems(job).Single());
        Directory.Delete(place);
        Assert.Equal(1, (int)(await ImportAsync(service, picture)).Result!["added"]!);
    }

    [Fact]
    public void An_entry_on_a_bad_part_of_the_disk_is_refused_and_the_rest_is_read()
    {
        using var source = new ArchiveSource(new BadArchive("b/2.png"), 100_000, long.MaxValue, "Limits:MaxUnpackedBytes");
        var files = source.Read(Cancel).ToDictionary(file => file.Path.Text);
        Assert.Equal(["a/1.png", "b/2.png", "c/3.png"], files.Keys);
        Assert.StartsWith("It cannot be read from the archive (error ", files["b/2.png"].Problem, StringComparison.Ordinal);
        Assert.NotEmpty(files["c/3.png"].Bytes);
        Assert.Null(source.Failure);
    }

    [Fact]
    public void An_archive_on_a_bad_part_of_the_disk_says_so()
    {
        Directory.CreateDirectory(_folder.Data);
        var path = Path.Combine(_folder.Data, "bad.tar");
        BadSector.Put(path);
        using var archive = new TarReader(path, isCompressed: false, long.MaxValue, "Limits:MaxUnpackedBytes");
        Assert.Empty(archive.List(Cancel));
        Assert.StartsWith("The archive cannot be read within its first entry (error ", archive.Failure, StringComparison.Ordinal);
    }

    private static async Task ExpectRefusalAsync(TestService service, byte[] picture, string reason)
    {
        foreach (var (method, path) in new[] { ("PUT", "items/x"), ("POST", "items"), ("POST", "search"), ("POST", "embed") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(picture) };
            using var answer = await service.Http.SendAsync(request, Cancel).WaitAsync(Soon, Cancel);
            Assert.Equal((path, 422, "bad-image"), (path, (int)answer.StatusCode, await answer.ProblemCodeAsync()));
            Assert.Contains(reason, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    private static async Task<Job> ImportAsync(TestService service, byte[] odd)
    {
        var files = Enumerable.Range(0, 20).Select(i => ($"cls/{i:d2}.png", Coloured(0, green: (byte)(100 + i)))).ToList();
        files.Insert(10, ("cls/10 odd.png", odd));
        var archive = new MemoryStream(ImportedFiles.Archive("zip", [.. files]));
        return await service.Client.WaitForJobAsync((await service.Client.ImportAsync(archive, Cancel)).Id, Cancel).WaitAsync(Soon, Cancel);
    }

    private static byte[] Coloured(byte red, byte green = 0)
    {
        var rgb = new byte[48 * 48 * 3];
        for (var i = 0; i < rgb.Length; i += 3)
        {
            (rgb[i], rgb[i + 1]) = (red, green);
        }

        using var image = VipsImage.FromRgb(rgb, 48, 48);
        return image.Encode(PictureFormat.Png);
    }

    private sealed class BadArchive(string fails) : ArchiveReader
    {
        public override IEnumerable<ArchiveEntry> List(CancellationToken cancel)
        {
            foreach (var (name, i) in new[] { "a/1.png", "b/2.png", "c/3.png" }.Select((name, i) => (name, i)))
            {
                yield return new ArchiveEntry(new EntryName(name), EntryKind.File) { Offset = i, Size = 1000, IsDeflated = name == fails };
            }
        }

        public override Stream Open(ArchiveEntry entry) => entry.IsDeflated
            ? throw new IOException("Input/output error", 5)
            : new MemoryStream(Pictures.Blocks((int)entry.Offset));

        public override void Dispose()
        {
        }
    }
}
