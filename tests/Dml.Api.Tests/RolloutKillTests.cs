using Dml.Api.Tests.Support;
using Dml.Api.Tests.Support.Contract;
using Dml.Client;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>kill -9 in the middle of a rollout.</summary>
public sealed class RolloutKillTests : IDisposable
{
    private const int Items = 300;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AKilledRolloutGoesOnWithWhatIsLeft()
    {
        var cancel = TestContext.Current.CancellationToken;
        _folder.AddModel("second", seed: 2, dimension: 48);
        long embedded;
        await using (var service = await ChildService.StartAsync(_folder.Arguments(), cancel, ContractCheck.Create()))
        {
            var client = new DmlClient(service.Http);
            await Parallel.ForAsync(0, Items, cancel, async (i, stop) => await client.PutItemAsync($"i{i}", Pictures.Blocks(i), null, stop));
            await client.RollOutAsync("second", cancel);
            while ((await client.GenerationsAsync(cancel))[0].Vectors < 100)
            {
            }
            embedded = (await client.GenerationsAsync(cancel))[0].Vectors;
            await service.KillAsync();
        }
        Assert.InRange(embedded, 100, Items - 1);
        // The models folder is not needed to go on.
        Directory.Delete(Path.Combine(_folder.Models, "second"), recursive: true);

        await using var again = await ChildService.StartAsync(_folder.Arguments(), cancel, ContractCheck.Create());
        var resumed = new DmlClient(again.Http);
        Job[] jobs;
        while ((jobs = await resumed.JobsAsync(cancel)).Length < 2)
        {
            await Task.Delay(20, cancel);
        }
        var job = await resumed.WaitForJobAsync(jobs[0].Id, cancel);

        Assert.Equal([JobState.Succeeded, JobState.Failed], (await resumed.JobsAsync(cancel)).Select(known => known.State));
        Assert.InRange((long)job.Result!["embedded"]!, 1, Items - embedded);
        var stats = await resumed.StatsAsync(cancel);
        Assert.Equal((2, "second", Items, Items), (stats.Generation, stats.Model, (int)stats.Items, stats.Index!.Vectors));
        foreach (var i in new[] { 0, 57, 211, Items - 1 })
        {
            Assert.Equal($"i{i}", (await resumed.SearchAsync(Pictures.Blocks(i), new() { K = 1 }, cancel)).Hits.Single().Id);
        }
    }
}
