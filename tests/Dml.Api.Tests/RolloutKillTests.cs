using System.Collections.Concurrent;
using Dml.Api.Tests.Support;
using Dml.Api.Tests.Support.Contract;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>kill -9 in the middle of a rollout.</summary>
public sealed class RolloutKillTests : IDisposable
{
    private const int Items = 300;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_killed_rollout_goes_on_with_what_is_left()
    {
        _folder.AddModel("second", seed: 2, dimension: 48);
        long embedded;
        await using (var service = await ChildService.StartAsync(_folder.Arguments(), Cancel, ContractCheck.Create()))
        {
            var client = new DmlClient(service.Http);
            await Parallel.ForAsync(0, Items, Cancel, async (i, stop) =>
                await client.PutItemAsync($"i{i}", Pictures.Blocks(i), null, stop));
            await client.RollOutAsync("second", Cancel);
            await Eventually.SeeAsync(
                async () => (await client.GenerationsAsync(Cancel))[0].Vectors, vectors => vectors >= 100, "100 vectors", Cancel);

            embedded = (await client.GenerationsAsync(Cancel))[0].Vectors;
            await service.KillAsync();
        }

        Assert.InRange(embedded, 100, Items - 1);
        // The models folder is not needed to go on.
        Directory.Delete(Path.Combine(_folder.Models, "second"), recursive: true);

        await using var again = await ChildService.StartAsync(_folder.Arguments(), Cancel, ContractCheck.Create());
        var resumed = new DmlClient(again.Http);
        var jobs = await Eventually.SeeAsync(() => resumed.JobsAsync(Cancel), seen => seen.Length >= 2, "the resumed job", Cancel);
        var job = await resumed.WaitForJobAsync(jobs[0].Id, Cancel);

        Assert.Equal([JobState.Succeeded, JobState.Failed], (await resumed.JobsAsync(Cancel)).Select(known => known.State));
        Assert.InRange((long)job.Result!["embedded"]!, 1, Items - embedded);
        var stats = await resumed.StatsAsync(Cancel);
        Assert.Equal((2, "second", Items, Items), (stats.Generation, stats.Model, (int)stats.Items, stats.Index!.Vectors));
        foreach (var i in new[] { 0, 57, 211, Items - 1 })
        {
            Assert.Equal($"i{i}", (await resumed.SearchAsync(Pictures.Blocks(i), new() { K = 1 }, Cancel)).Hits.Single().Id);
        }
    }

    [Fact]
    public async Task Nothing_is_lost_whatever_moment_of_a_rollout_a_kill_meets()
    {
        const int Rounds = 4;
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        _folder.AddModel("second", seed: 2, dimension: 48);
        _folder.AddModel("third", seed: 3, dimension: 40);
        var acknowledged = new ConcurrentDictionary<string, byte[]>();
        for (var round = 0; round < Rounds; round++)
        {
            await using var service = await ChildService.StartAsync(_folder.Arguments(), Cancel, ContractCheck.Create());
            var client = new DmlClient(service.Http);
            await CheckAsync(client, acknowledged);
            var work = Task.WhenAll(WriteAsync(client, round, acknowledged), RollOutAsync(client));
            await Task.Delay(random.Next(100, 1000), Cancel);
            await service.KillAsync();
            await work;
        }

        await using var last = await ChildService.StartAsync(_folder.Arguments(), Cancel, ContractCheck.Create());
        await CheckAsync(new DmlClient(last.Http), acknowledged);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task WriteAsync(DmlClient client, int round, ConcurrentDictionary<string, byte[]> acknowledged)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var picture = Pictures.Blocks((round * 10000) + i);
                await client.PutItemAsync($"r{round}-{i}", picture, null, Cancel);
                acknowledged[$"r{round}-{i}"] = picture;
                if (i % 4 == 3)
                {
                    // Whether an unanswered deletion happened is unknown: it counts as neither.
                    acknowledged.TryRemove($"r{round}-{i - 1}", out _);
                    await client.DeleteItemAsync($"r{round}-{i - 1}", Cancel);
                }
            }
        }
        catch (HttpRequestException)
        {
            // The kill.
        }
    }

    private static async Task RollOutAsync(DmlClient client)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await client.RollOutAsync(new[] { "second", "third", "tiny" }[i % 3], Cancel);
            }
            catch (DmlException)
            {
                // One that an earlier process began is under way, or this one is active.
                await Task.Delay(5, Cancel);
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }

    private static async Task CheckAsync(DmlClient client, ConcurrentDictionary<string, byte[]> acknowledged)
    {
        foreach (var (id, picture) in acknowledged)
        {
            Assert.NotNull(await client.FindItemAsync(id, Cancel));
            var hit = (await client.SearchAsync(picture, new() { K = 1 }, Cancel)).Hits.Single();
            Assert.Equal((id, true), (hit.Id, hit.Score > 0.9999f));
        }

        var stats = await client.StatsAsync(Cancel);
        Assert.Equal((int)stats.Items, stats.Index!.Vectors);
    }
}
