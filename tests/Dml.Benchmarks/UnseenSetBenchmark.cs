using Dml.Demo;
using Dml.Tests.Shared;

namespace Dml.Benchmarks;

/// <summary>
/// Holds one vendor's set out of the catalogue and asks for each of its drawings: does the service find the concept
/// among the other vendors' drawings? Figures over all concepts, and over those that the embedder never trained on.
/// </summary>
internal static class UnseenSetBenchmark
{
    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var model = options.Text("model", "emoji");
        var set = options.Text("set", "noto");
        var all = EmojiDrawings.Open(Repository.DemoDrawings);
        var queries = all.Drawings.Where(drawing => drawing.Set == set).ToList();
        if (queries.Count == 0)
        {
            throw new ArgumentException($"There is no set '{set}'; the sets are {string.Join(", ", all.Sets)}.");
        }

        await using var service = await DemoService.StartAsync(model, cancel);
        var gallery = all.Drawings.Where(drawing => drawing.Set != set).ToList();
        await service.FillAsync(gallery, cancel);
        var heldOut = UnseenConcepts.Of(model);

        var ranks = new List<(bool HeldOut, int Rank)>();
        foreach (var query in queries)
        {
            var answer = await service.Client.SearchAsync(query.RenderPng(128), new() { K = 10 }, cancel);
            var labels = answer.Hits.Select(hit => hit.Label).ToList();
            ranks.Add((heldOut.Contains(query.Concept), labels.IndexOf(query.Concept)));
        }

        Console.WriteLine($"{queries.Count} drawings of {set} against {gallery.Count} drawings of the other sets, over POST /search");
        Print("all concepts", ranks);
        Print("concepts not trained on", [.. ranks.Where(rank => rank.HeldOut)]);
    }

    private static void Print(string name, List<(bool HeldOut, int Rank)> ranks)
    {
        if (ranks.Count > 0)
        {
            Console.WriteLine($"{name,-24} {ranks.Count,6} queries   R@1 {ranks.Average(r => r.Rank == 0 ? 1.0 : 0):P1}   R@10 {ranks.Average(r => r.Rank >= 0 ? 1.0 : 0):P1}");
        }
    }
}
