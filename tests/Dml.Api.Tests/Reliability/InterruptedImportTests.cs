using System.IO.Compression;
using Dml.Api.Tests.Support;
using Dml.Api.Tests.Support.Contract;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;

namespace Dml.Api.Tests.Reliability;

/// <summary>An import that the end of the process cuts is never lost without a word.</summary>
public sealed class InterruptedImportTests : IDisposable
{
    private const int Count = 300;
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Imports => Path.Combine(_folder.Data, "imports");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_killed_import_of_an_archive_goes_on_and_comes_to_its_end()
    {
        string first;
        await using (var service = await ChildService.StartAsync(_folder.Arguments(), Cancel, ContractCheck.Create()))
        {
            var client = new DmlClient(service.Http);
            first = (await client.ImportAsync(new MemoryStream(Archive()), Cancel)).Id;
            await Eventually.SeeAsync(() => client.StatsAsync(Cancel), stats => stats.Items >= 30, "30 items", Cancel);

            await service.KillAsync();
        }

        Assert.Single(Directory.GetFiles(Imports));
        await using (var again = await ChildService.StartAsync(_folder.Arguments(), Cancel, ContractCheck.Create()))
        {
            var client = new DmlClient(again.Http);
            var resumed = await ResumedAsync(client);
            Assert.Equal(JobState.Succeeded, resumed.State);
            Assert.InRange((int)resumed.Result!["present"]!, 30, Count);
            await AssertWholeAsync(client);
            var former = (await client.FindJobAsync(first, Cancel))!;
            Assert.Equal(JobState.Failed, former.State);
            Assert.Contains("The service stopped while this job ran", former.Message, StringComparison.Ordinal);

            // Once more: nothing changes.
            var repeated = await client.WaitForJobAsync((await client.ImportAsync(new MemoryStream(Archive()), Cancel)).Id, Cancel);
            Assert.Equal((0, Count), ((int)repeated.Result!["added"]!, (int)repeated.Result["present"]!));
            await AssertWholeAsync(client);
        }
    }

    [Fact]
    public async Task An_import_that_a_stop_interrupts_goes_on_at_the_next_start()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            await service.Client.ImportAsync(new MemoryStream(Archive()), Cancel);
        }

        Assert.Single(Directory.GetFiles(Imports));
        await using var again = await TestService.StartAsync(_folder);
        Assert.Equal(JobState.Succeeded, (await ResumedAsync(again.Client)).State);
        await AssertWholeAsync(again.Client);
    }

    [Fact]
    public async Task A_cancelled_import_stays_cancelled()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            var job = await service.Client.ImportAsync(new MemoryStream(Archive()), Cancel);
            await service.Client.CancelJobAsync(job.Id, Cancel);
            await service.Client.WaitForJobAsync(job.Id, Cancel);
        }

        Assert.Empty(Directory.GetFiles(Imports));
        await using var again = await TestService.StartAsync(_folder);
        Assert.Single(await again.Client.JobsAsync(Cancel));
    }

    [Fact]
    public async Task An_archive_that_ends_every_process_is_given_up_and_an_upload_that_was_cut_is_forgotten()
    {
        Directory.CreateDirectory(Imports);
        await File.WriteAllBytesAsync(Path.Combine(Imports, $"{Guid.CreateVersion7():N}.5"), Archive(), Cancel);
        await File.WriteAllBytesAsync(Path.Combine(Imports, $"{Guid.CreateVersion7():N}.tmp"), Archive(), Cancel);
        await using var service = await TestService.StartAsync(_folder);
        await Eventually.BeAsync(() => !Directory.EnumerateFiles(Imports).Any(), "no archive is left", Cancel);

        Assert.Equal(0, (await service.Client.StatsAsync(Cancel)).Items);
        var job = Assert.Single(await service.Client.JobsAsync(Cancel));
        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("Gave up", job.Message, StringComparison.Ordinal);
    }

    // The job that a start began by itself, at its end.
    private static async Task<Job> ResumedAsync(DmlClient client)
    {
        var jobs = await Eventually.SeeAsync(() => client.JobsAsync(Cancel), seen => seen.Length >= 2, "the resumed job", Cancel);
        return await client.WaitForJobAsync(jobs[0].Id, Cancel);
    }

    private async Task AssertWholeAsync(DmlClient client)
    {
        var items = await client.ItemsAsync(cancel: Cancel).ToDictionaryAsync(item => item.Id, ItemState.Of, cancellationToken: Cancel);
        Assert.Equal(
            Enumerable.Range(0, Count).ToDictionary(i => $"folder.{i}.png", i => (ItemState?)ItemState.Of(Pictures.Blocks(i), "folder")),
            items);
        await Eventually.BeAsync(() => !Directory.EnumerateFiles(Imports).Any(), "no archive is left", Cancel);
    }

    private static byte[] Archive()
    {
        var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < Count; i++)
            {
                using var entry = archive.CreateEntry($"folder/{i}.png").Open();
                entry.Write(Pictures.Blocks(i));
            }
        }

        return bytes.ToArray();
    }
}
