using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Tests.Shared;

namespace Dml.Api.Tests.Reliability;

/// <summary>
/// Items come, change and go while generations change places: every answer is one that was true at some moment of its search.
/// </summary>
public sealed class ConcurrencyTests : IDisposable
{
    private const int Writers = 2;
    private const int Searchers = 2;
    private const int ItemsOfAWriter = 30;
    private const int Hits = 10;
    private const int LeastSearches = 100;
    private const int LeastSwaps = 4;
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_answer_was_true_at_some_moment_of_its_search()
    {
        var seconds = TimeSpan.FromSeconds(Amount.Of("SEARCH_SECONDS", 12));
        var seed = Amount.Seed();
        _folder.AddModel("second", seed: 2, dimension: 48);
        await using var service = await TestService.StartAsync(_folder);
        using var tiny = Embedder.Open(Path.Combine(_folder.Models, "tiny"), new EmbedderOptions { Workers = 1 });
        using var second = Embedder.Open(Path.Combine(_folder.Models, "second"), new EmbedderOptions { Workers = 1 });
        var history = new ItemHistory([tiny, second]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        int searches = 0,
            swaps = 0;
        var generations = new HashSet<int>();

        var writers = Enumerable
            .Range(0, Writers)
            .Select(writer =>
                Task.Run(() => WriteAsync(service.Client, history, $"w{writer}-", new Random(seed + writer), stop.Token), Cancel)
            );
        var searchers = Enumerable
            .Range(0, Searchers)
            .Select(searcher =>
                Task.Run(
                    async () =>
                    {
                        var random = new Random(seed + 100 + searcher);
                        while (!stop.IsCancellationRequested)
                        {
                            if (history.Any(random) is not { } query)
                            {
                                await Task.Delay(5, Cancel);
                                continue;
                            }

                            var from = ItemHistory.Now();
                            var answer = await service.Client.SearchAsync(query.Picture, new() { K = Hits }, Cancel);
                            var fault = history.Fault(answer, query, Hits, from, ItemHistory.Now());
                            Assert.True(fault is null, $"search {searches}, generation {answer.Generation}: {fault}");
                            Interlocked.Increment(ref searches);
                            lock (generations)
                            {
                                generations.Add(answer.Generation);
                            }
                        }
                    },
                    Cancel
                )
            );
        var swapper = Task.Run(
            async () =>
            {
                var job = await service.Client.RollOutAsync("second", Cancel);
                Assert.Equal(JobState.Succeeded, (await service.Client.WaitForJobAsync(job.Id, Cancel)).State);
                for (var number = 1; !stop.IsCancellationRequested; number = 3 - number)
                {
                    await service.Client.ActivateAsync(number, Cancel);
                    swaps++;
                }
            },
            Cancel
        );
        Task[] tasks = [.. writers, .. searchers, swapper];
        var begin = ItemHistory.Now();
        // By the clock and by what has been done: a busy machine gets as far as an idle one.
        // None ends before it is told to, unless it fails.
        await Eventually.BeAsync(
            () => tasks.Any(task => task.IsCompleted)
                || (TimeProvider.System.GetElapsedTime(begin) >= seconds && searches >= LeastSearches && swaps >= LeastSwaps),
            $"{LeastSearches} searches and {LeastSwaps} switches", Cancel, seconds + TimeSpan.FromMinutes(10));

        await stop.CancelAsync();
        await Task.WhenAll(tasks);

        Amount.Say(
            $"{searches} searches, {history.Count} pictures brought, {swaps} changes of the generation; every answer was true at some "
                + "moment of its search"
        );
        Assert.Equal(2, generations.Count);
    }

    private static async Task WriteAsync(DmlClient client, ItemHistory history, string prefix, Random random, CancellationToken stop)
    {
        var present = new Dictionary<string, ItemVersion>();
        while (!stop.IsCancellationRequested)
        {
            var id = $"{prefix}{random.Next(ItemsOfAWriter)}";
            present.Remove(id, out var former);
            if (former is not null && random.Next(3) == 0)
            {
                former.BeginEnd(ItemHistory.Now());
                Assert.True(await client.DeleteItemAsync(id, Cancel));
                former.End(ItemHistory.Now());
                continue;
            }

            var picture = Pictures.Blocks(random.Next());
            // A replacement ends the one as it brings the other.
            former?.BeginEnd(ItemHistory.Now());
            var version = await history.BeginAsync(id, picture);
            await client.PutItemAsync(id, picture, null, Cancel);
            var now = ItemHistory.Now();
            version.Bring(now);
            former?.End(now);
            present[id] = version;
        }
    }
}
