using System.Net;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>Uploads and backups leave some of the disk free; the catalogue goes on.</summary>
public sealed class FreeSpaceTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_would_leave_too_little_is_refused_and_the_catalogue_goes_on()
    {
        await using var service = await TestService.StartAsync(_folder, Reserve());
        var client = service.Client;
        await client.PutItemAsync("x", Pictures.Blocks(1), null, Cancel);

        var archive = ImportedFiles.Archive("zip", ("a/1.png", Pictures.Blocks(2)));
        foreach (var isLengthKnown in new[] { true, false })
        {
            using HttpContent body = isLengthKnown ? new ByteArrayContent(archive) : new StreamContent(new OneWay(archive));
            using var request = new HttpRequestMessage(HttpMethod.Post, "imports") { Content = body };
            request.Headers.TransferEncodingChunked = isLengthKnown ? null : true;
            using var answer = await service.Http.SendAsync(request, Cancel);
            await AssertFullAsync(answer);
        }

        await using (var onnx = File.OpenRead(Path.Combine(_folder.Models, "tiny", "embedder.onnx")))
        await using (var manifest = File.OpenRead(Path.Combine(_folder.Models, "tiny", "model.json")))
        {
            var refused = await Assert.ThrowsAsync<DmlException>(() => client.UploadModelAsync(onnx, manifest, Cancel));
            Assert.Equal((HttpStatusCode.InsufficientStorage, ProblemCode.DiskFull), (refused.Status, refused.Code));
        }

        var job = await client.WaitForJobAsync((await client.BackUpAsync(Cancel)).Id, Cancel);
        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("are kept free (Data:ReserveBytes)", job.Message, StringComparison.Ordinal);
        Assert.Empty((await service.Http.GetFromAsync("backups")).AsArray());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.Data, "imports")));

        await client.PutItemAsync("y", Pictures.Blocks(3), null, Cancel);
        Assert.Equal("y", (await client.SearchAsync(Pictures.Blocks(3), new() { K = 1 }, Cancel)).Hits.Single().Id);
    }

    [Fact]
    public async Task A_backup_by_command_says_so_too()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            await service.Client.PutItemAsync("x", Pictures.Blocks(1), null, Cancel);
        }

        var target = Path.Combine(_folder.Data, "..", "new folder", "backup.tar");
        var (code, log) = await ChildService.RunAsync(["backup", "--to", target, $"--Data:Folder={_folder.Data}", Reserve()]);
        Assert.Equal(1, code);
        Assert.Contains("are kept free (Data:ReserveBytes)", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
        Assert.False(File.Exists(target));
    }

    // More than is free.
    private static string Reserve() => $"--Data:ReserveBytes={new DriveInfo(Path.GetTempPath()).AvailableFreeSpace + (1L << 40)}";

    private static async Task AssertFullAsync(HttpResponseMessage answer)
    {
        Assert.Equal((HttpStatusCode.InsufficientStorage, ProblemCode.DiskFull), (answer.StatusCode, await answer.ProblemCodeAsync()));
        Assert.Contains("are kept free (Data:ReserveBytes)", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    // Its length is not known in advance.
    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
