using System.IO.Compression;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;

namespace Dml.Api.Tests.Reliability;

/// <summary>A data folder on a disk that fills up: reads go on, writes say so, and all is well when there is space again.</summary>
public sealed class DiskFullTests : IAsyncLifetime
{
    private const int Items = 20;

    // What a rollout writes must be more than the log of the catalogue has room for already.
    private const int WideDimension = 4096;
    private const int Rounds = 3;
    private readonly TestFolder _folder = new();
    private SmallDisk? _disk;
    private TestService _service = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private DmlClient Client => _service.Client;

    public async ValueTask InitializeAsync()
    {
        _disk = SmallDisk.TryMount(_folder.Data, megabytes: 40, out var reason);
        Assert.SkipWhen(_disk is null, $"No small file system can be mounted here: {reason}");
        _folder.AddModel("wide", seed: 2, dimension: WideDimension);
        _service = await TestService.StartAsync(
            _folder, "--Data:SnapshotSeconds=1", "--Data:ReserveBytes=0", $"--Imports:Roots:0={_folder.Models}");
        for (var i = 0; i < Items; i++)
        {
            await Client.PutItemAsync($"i{i}", Pictures.Blocks(i), null, Cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        _disk?.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_write_is_refused_every_read_goes_on_and_space_brings_writes_back()
    {
        for (var round = 0; round < Rounds; round++)
        {
            // Not always full to the last byte: a picture may still find room and its row none.
            _disk!.Fill(left: round * 8192);
            await FillUpAsync(round);
            await AssertWritesRefusedAsync(round);
            await AssertReadsGoOnAsync();
            _disk.Free();
            await Client.PutItemAsync($"after{round}", Pictures.Blocks(5000 + round), null, Cancel);
            Assert.Equal($"after{round}", (await Client.SearchAsync(Pictures.Blocks(5000 + round), new() { K = 1 }, Cancel)).Hits[0].Id);
            await Client.DeleteItemAsync($"after{round}", Cancel);
        }

        await AssertConsistentAsync();
        await _service.DisposeAsync();
        _service = await TestService.StartAsync(_folder);
        await AssertReadsGoOnAsync();
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task An_import_says_that_the_disk_is_full_and_goes_on_when_it_is_repeated()
    {
        var archive = Archive(400);
        _disk!.Fill(left: archive.Length + 300_000);
        var job = await Client.WaitForJobAsync((await Client.ImportAsync(new MemoryStream(archive), Cancel)).Id, Cancel);
        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("The disk is full", job.Message, StringComparison.Ordinal);
        var added = (int)job.Result!["added"]!;
        Assert.InRange(added, 1, 399);
        await AssertReadsGoOnAsync();

        _disk.Fill();
        var refused = await Assert.ThrowsAsync<DmlException>(() => Client.ImportAsync(new MemoryStream(archive), Cancel));
        Assert.Equal((507, "disk-full"), ((int)refused.Status, refused.Code));
        _disk.Free();
        var again = await Client.WaitForJobAsync((await Client.ImportAsync(new MemoryStream(archive), Cancel)).Id, Cancel);
        Assert.Equal(JobState.Succeeded, again.State);
        Assert.InRange((int)again.Result!["present"]!, added, 400);
        Assert.Equal(400, (int)again.Result["present"]! + (int)again.Result["added"]!);
        await AssertConsistentAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{added} of 400 pictures were added before the disk was full");
    }

    [Fact]
    public async Task A_rollout_says_that_the_disk_is_full_and_the_active_generation_stays()
    {
        for (var i = 0; i < 400; i++)
        {
            await Client.PutItemAsync($"more{i}", Pictures.Blocks(10_000 + i), null, Cancel);
        }
        // Room for the embedder's copy, not for the vectors.
        _disk!.Fill(left: (int)new FileInfo(Path.Combine(_folder.Models, "wide", "embedder.onnx")).Length + 500_000);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.Contains("The disk is full", await FailedRolloutAsync(), StringComparison.Ordinal);
            await AssertReadsGoOnAsync();
            Assert.Equal("tiny", (await Client.StatsAsync(Cancel)).Model);
            _disk.Fill();
        }

        _disk.Free();
        var again = await Client.WaitForJobAsync((await Client.RollOutAsync("wide", Cancel)).Id, Cancel);
        Assert.Equal((JobState.Succeeded, "wide"), (again.State, (await Client.StatsAsync(Cancel)).Model));
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task A_start_on_a_full_disk_serves_or_says_why_in_one_sentence()
    {
        await _service.DisposeAsync();
        _service = null!;
        _disk!.Fill();
        var (code, log) = await ChildService.RunAsync(_folder.Arguments("--Logging:LogLevel:Default=Critical"));
        Assert.Equal(1, code);
        Assert.Contains("the disk is full", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
        _disk.Free();
        _service = await TestService.StartAsync(_folder);
        await AssertReadsGoOnAsync();
    }

    // What it says: the answer, or the job when there was room for its beginning.
    private async Task<string?> FailedRolloutAsync()
    {
        try
        {
            var job = await Client.WaitForJobAsync((await Client.RollOutAsync("wide", Cancel)).Id, Cancel);
            Assert.Equal(JobState.Failed, job.State);
            return job.Message;
        }
        catch (DmlException refusal)
        {
            Assert.Equal((507, "disk-full"), ((int)refusal.Status, refusal.Code));
            return refusal.Message;
        }
    }

    // Whatever still fits is written, until a write is refused.
    private async Task FillUpAsync(int round)
    {
        for (var i = 0; ; i++)
        {
            using var answer = await _service.Http.PutAsync($"fill{round}-{i}", Pictures.Blocks(2000 + (round * 1000) + i));
            if ((int)answer.StatusCode == 507)
            {
                return;
            }

            Assert.Equal(201, (int)answer.StatusCode);
        }
    }

    private async Task AssertWritesRefusedAsync(int round)
    {
        // Large enough that none of them finds room in a page that is there already.
        var label = new string('x', 200);
        await RefusedAsync(() => Client.PutItemAsync($"new{round}", Pictures.Blocks(900 + round), new() { Label = label }, Cancel));
        await RefusedAsync(() => Client.PutItemAsync("i3", Pictures.Blocks(930 + round), null, Cancel));
        await RefusedAsync(() => Client.ImportAsync(new MemoryStream(Archive(40)), Cancel));
        // Many at the same time share a commit; each of them is refused.
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            RefusedAsync(() => Client.PutItemAsync($"group{round}-{i}", Pictures.Blocks(960 + i), new() { Label = label }, Cancel))));
    }

    private static async Task RefusedAsync(Func<Task> write)
    {
        var refused = await Assert.ThrowsAsync<DmlException>(write);
        Assert.Equal((507, "disk-full"), ((int)refused.Status, refused.Code));
    }

    private async Task AssertReadsGoOnAsync()
    {
        for (var i = 0; i < Items; i++)
        {
            Assert.Equal(Pictures.Blocks(i), await Client.ImageAsync($"i{i}", Cancel));
            Assert.Equal($"i{i}", (await Client.SearchAsync(Pictures.Blocks(i), new() { K = 1 }, Cancel)).Hits.Single().Id);
        }

        await Client.JobsAsync(Cancel);
        await Client.GenerationsAsync(Cancel);
    }

    // Each item is in the index, and each vector has its item and its picture.
    private async Task AssertConsistentAsync()
    {
        var items = await Client.ItemsAsync(cancel: Cancel).ToListAsync(Cancel);
        var stats = await Client.StatsAsync(Cancel);
        Assert.Equal((items.Count, items.Count), ((int)stats.Items, stats.Index!.Vectors));
        var found = (await Client.SearchAsync(Pictures.Blocks(0), new() { K = 1000 }, Cancel)).Hits.Select(hit => hit.Id);
        Assert.Equal(items.Select(item => item.Id).Order(), found.Order());
        foreach (var item in items)
        {
            Assert.Equal(item.Bytes, (await Client.ImageAsync(item.Id, Cancel))!.Length);
        }
    }

    private static byte[] Archive(int pictures)
    {
        var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < pictures; i++)
            {
                using var entry = archive.CreateEntry($"folder/{i}.png").Open();
                entry.Write(Pictures.Blocks(20_000 + i));
            }
        }

        return bytes.ToArray();
    }
}
