using System.Diagnostics;
using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Tests.Shared;

namespace Dml.Api.Tests.Reliability;

/// <summary>Add, search, change and delete for as long as is asked for: memory, open files and disk stay where they are.</summary>
public sealed class SoakTests : IDisposable
{
    private const int Workers = 3;
    private const int ItemsOfAWorker = 60;

    // The log of the catalogue grows to four megabytes before it is written back, and so may the database then.
    private const int DiskInMotion = 8 << 20;
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_grows_while_items_come_and_go()
    {
        var duration = TimeSpan.FromSeconds(Amount.Of("SOAK_SECONDS", 20));
        await using var service = await ChildService.StartAsync(_folder.Arguments("--Data:SnapshotSeconds=2"), Cancel);
        var client = new DmlClient(service.Http);
        var samples = new List<(long Memory, int Files, long Disk)>();
        long calls = 0;
        var watch = Stopwatch.StartNew();
        var work = Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; watch.Elapsed < duration; i++)
            {
                Interlocked.Add(ref calls, await RoundAsync(client, $"w{worker}-", i));
            }
        }, Cancel)));
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(duration / 60, Cancel));
            samples.Add((service.ResidentBytes, service.OpenFiles, Bytes()));
        }

        await work;

        // The first third fills caches, pools and the catalogue; then nothing is left to grow.
        var (early, late) = (samples[(samples.Count / 3)..(samples.Count * 2 / 3)], samples[(samples.Count * 2 / 3)..]);
        var (before, after) = (Middle(early), Middle(late));
        Amount.Say(
            $"{calls} calls in {watch.Elapsed.TotalSeconds:F0} s; second third and last third of it: "
                + $"resident memory {before.Memory >> 20} and {after.Memory >> 20} MB, open files {before.Files} and {after.Files}, "
                + $"data folder {before.Disk >> 10} and {after.Disk >> 10} KB"
        );
        Assert.InRange(calls, 100, long.MaxValue);
        Assert.InRange(after.Memory - before.Memory, long.MinValue, (before.Memory / 10) + (40 << 20));
        Assert.InRange(after.Files - before.Files, int.MinValue, 20);
        Assert.InRange(after.Disk - before.Disk, long.MinValue, (before.Disk / 10) + DiskInMotion);
        var stats = await client.StatsAsync(Cancel);
        Assert.Equal((int)stats.Items, stats.Index!.Vectors);
    }

    // How many calls it made.
    private static async Task<int> RoundAsync(DmlClient client, string prefix, int i)
    {
        var (id, picture) = ($"{prefix}{i}", Pictures.Blocks(HashCode.Combine(prefix, i)));
        await client.PutItemAsync(
            id,
            picture,
            new()
            {
                Label = $"label {i % 7}",
                Attributes = new Dictionary<string, object> { ["number"] = i },
            },
            Cancel);
        Assert.Equal(id, (await client.SearchAsync(picture, new() { K = 10 }, Cancel)).Hits[0].Id);
        await client.SearchAsync(picture, new() { K = 10, Filter = $"label:\"label {i % 7}\" AND attr.number>={i - 20}" }, Cancel);
        await client.PatchItemAsync(id, new JsonObject { ["label"] = "changed" }, Cancel);
        Assert.Equal(picture, await client.ImageAsync(id, Cancel));
        if (i >= ItemsOfAWorker)
        {
            Assert.True(await client.DeleteItemAsync($"{prefix}{i - ItemsOfAWorker}", Cancel));
        }

        return 6;
    }

    private static (long Memory, int Files, long Disk) Middle(List<(long Memory, int Files, long Disk)> samples) => (
        samples.Select(sample => sample.Memory).Order().ElementAt(samples.Count / 2),
        samples.Select(sample => sample.Files).Order().ElementAt(samples.Count / 2),
        samples.Select(sample => sample.Disk).Order().ElementAt(samples.Count / 2));

    private long Bytes()
    {
        long bytes = 0;
        foreach (var file in new DirectoryInfo(_folder.Data).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                bytes += file.Length;
            }
            catch (FileNotFoundException)
            {
                // Deleted a moment ago.
            }
        }

        return bytes;
    }
}
