using System.Collections.Concurrent;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Tests;

/// <summary>
/// Searches without pause while generations change places: none fails, and each answer is wholly of the generation that it
/// names.
/// </summary>
public sealed class SwapTests : IDisposable
{
    private const int Items = 40;
    private const int Hits = 10;
    private const int Swaps = 100;
    private const int Searchers = 4;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task No_search_fails_or_mixes_two_embedders_during_a_hundred_swaps()
    {
        var cancel = TestContext.Current.CancellationToken;
        _folder.AddModel("second", seed: 2, dimension: 48);
        await using var service = await TestService.StartAsync(_folder);
        var pictures = Enumerable.Range(0, Items).Select(i => Pictures.Blocks(i)).ToArray();
        for (var i = 0; i < Items; i++)
        {
            await service.Client.PutItemAsync($"i{i:d2}", pictures[i], null, cancel);
        }

        var oracles = new Dictionary<int, Oracle>
        {
            [1] = await Oracle.OfAsync(Path.Combine(_folder.Models, "tiny"), pictures),
            [2] = await Oracle.OfAsync(Path.Combine(_folder.Models, "second"), pictures),
        };
        var answers = new ConcurrentDictionary<int, int>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var searchers = Enumerable.Range(0, Searchers).Select(searcher => Task.Run(async () =>
        {
            for (var i = searcher; !stop.IsCancellationRequested; i++)
            {
                var answer = await service.Client.SearchAsync(pictures[i % Items], new() { K = Hits }, cancel);
                oracles[answer.Generation].Check(answer, i % Items);
                answers.AddOrUpdate(answer.Generation, 1, (_, count) => count + 1);
            }
        }, cancel)).ToArray();

        var first = await service.Client.RollOutAsync("second", cancel);
        Assert.Equal(JobState.Succeeded, (await service.Client.WaitForJobAsync(first.Id, cancel)).State);
        for (var swap = 1; swap < Swaps; swap++)
        {
            Assert.True((await service.Client.ActivateAsync(swap % 2 == 1 ? 1 : 2, cancel)).Active);
        }

        await stop.CancelAsync();
        await Task.WhenAll(searchers);

        Assert.Equal(2, answers.Count);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Swaps} swaps, answers by generation: {string.Join(", ", answers)}");
    }

    /// <summary>What an embedder's generation must answer, by brute force over its own vectors.</summary>
    private sealed record Oracle(string Model, string Fingerprint, float[][] Vectors)
    {
        public static async Task<Oracle> OfAsync(string folder, byte[][] pictures)
        {
            using var embedder = Embedder.Open(folder);
            var vectors = new float[pictures.Length][];
            for (var i = 0; i < pictures.Length; i++)
            {
                vectors[i] = (await embedder.EmbedAsync(pictures[i])).Vector!;
            }

            return new Oracle(embedder.Name, embedder.Fingerprint, vectors);
        }

        public void Check(SearchResponse answer, int query)
        {
            Assert.Equal((Model, Fingerprint), (answer.Model, answer.Fingerprint));
            var expected = Vectors.Select((vector, i) => (Id: $"i{i:d2}", Score: vector.Zip(Vectors[query], (a, b) => a * b).Sum()))
                .OrderByDescending(hit => hit.Score).Take(Hits).ToList();
            Assert.Equal(expected.Select(hit => hit.Id), answer.Hits.Select(hit => hit.Id));
            Assert.All(expected.Zip(answer.Hits), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-4f));
        }
    }
}
