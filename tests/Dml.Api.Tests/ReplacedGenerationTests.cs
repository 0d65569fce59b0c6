using Dml.Api.Generations;
using Dml.Api.Search;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>
/// A request goes on in the generation that it has taken, whose index is told of no more deletions once another is active.
/// </summary>
public sealed class ReplacedGenerationTests : IDisposable
{
    private const int Items = 40;

    // The best are deleted: none, one, more than are wanted; then fewer are left than are wanted, and none.
    private static readonly (int Deleted, int Wanted)[] Cases = [(0, 10), (1, 10), (25, 10), (25, 40), (Items, 10)];
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Items_deleted_since_cost_a_search_no_hit()
    {
        _folder.AddModel("second", seed: 2, dimension: 48);
        await using var service = await TestService.StartAsync(_folder);
        for (var i = 0; i < Items; i++)
        {
            await service.Client.PutItemAsync($"i{i:d2}", Pictures.Blocks(i), null, Cancel);
        }

        using var lease = service.Services.GetRequiredService<GenerationRegistry>().Acquire()!;
        var former = lease.Generation;
        var job = await service.Client.RollOutAsync("second", Cancel);
        Assert.Equal(JobState.Succeeded, (await service.Client.WaitForJobAsync(job.Id, Cancel)).State);
        var query = (await former.Embedder.EmbedAsync(Pictures.Blocks(1000), cancel: Cancel)).Vector!;
        var scores = new Dictionary<string, double>();
        for (var i = 0; i < Items; i++)
        {
            var vector = (await former.Embedder.EmbedAsync(Pictures.Blocks(i), cancel: Cancel)).Vector!;
            scores[$"i{i:d2}"] = vector.Zip(query, (a, b) => (double)a * b).Sum();
        }

        string[] ranked = [.. scores.OrderByDescending(item => item.Value).Select(item => item.Key)];
        var searcher = service.Services.GetRequiredService<Searcher>();
        var gone = 0;
        foreach (var (deleted, wanted) in Cases)
        {
            for (; gone < deleted; gone++)
            {
                Assert.True(await service.Client.DeleteItemAsync(ranked[gone], Cancel));
            }

            var (hits, _) = await searcher.SearchAsync(
                former,
                query,
                new SearchRequest(wanted, MinScore: -1, Filter: null),
                except: [],
                Cancel);

            Assert.Equal(ranked.Skip(deleted).Take(wanted), hits.Select(hit => hit.Id));
        }
    }
}
