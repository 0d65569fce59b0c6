using System.Diagnostics;
using System.Globalization;
using Dml.Benchmarks.Load;
using Dml.Client;
using Dml.Contracts;
using Dml.Demo;
using Dml.Embedding;
using Dml.Embedding.Labels;
using Dml.Tests.Shared;

namespace Dml.Benchmarks;

/// <summary>
/// A nightly retrain of the demo catalogue: one vendor's drawings are added, feedback is given on them, and the service retrains. Reports
/// the figures of the gate, the duration and the effect on searches; optionally kills the service at every step or shuffles labels.
/// Held-out labels that the demo's embedder was trained on are left out unless requested: it knows them, and no retrain may train on them.
/// </summary>
internal static class NightlyBenchmark
{
    private const string Model = "emoji";
    private const double HeldOut = 0.2;
    private const int PictureSize = 128;
    private const int Hits = 10;
    private const float SamePicture = 0.9999f;
    private static readonly RetrainStep[] Kills =
        [RetrainStep.Snapshot, RetrainStep.Training, RetrainStep.Registration, RetrainStep.Rollout, RetrainStep.Report];

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var set = options.Text("set", "noto");
        var concepts = options.Number("concepts", 0);
        var feedback = options.Number("feedback", 100);
        var isShuffled = options.Number("shuffled", 0) > 0;
        var known = options.Number("known", 0) > 0;
        var kills = options.Number("kills", 0) > 0;
        var clients = options.Number("clients", 1);
        var seconds = TimeSpan.FromSeconds(options.Number("seconds", 15));
        var recipe = options.Text("recipe", "");
        options.RefuseOthers();

        var folder = Directory.CreateTempSubdirectory("dml-bench-nightly-").FullName;
        try
        {
            var settings = Settings(folder, recipe);
            var (old, added) = Drawings(set, concepts, known);
            var service = await ChildService.StartAsync(settings, cancel);
            try
            {
                var client = new DmlClient(service.Http);
                await AddAsync(client, old, isShuffled, cancel);
                Console.WriteLine($"{old.Count} drawings of the other sets, then {added.Count} of {set}"
                    + (isShuffled ? "; the labels that are not held out are shuffled" : ""));
                await AddAsync(client, added, isShuffled, cancel);
                await TeachAsync(client, added, feedback, cancel);
                var pictures = new PictureSeries([.. added.Take(100).Select(drawing => drawing.RenderPng(PictureSize))], areNew: true);
                await HttpLoad.RunAsync(client, pictures, clients, Hits, TimeSpan.FromSeconds(2), cancel);
                var before = await HttpLoad.RunAsync(client, pictures, clients, Hits, seconds, cancel);

                var clock = Stopwatch.StartNew();
                await client.RetrainAsync(cancel);
                if (kills)
                {
                    foreach (var step in Kills)
                    {
                        var met = await ReachAsync(client, step, cancel);
                        await service.KillAsync();
                        await service.DisposeAsync();
                        Console.WriteLine($"killed at {met}");
                        service = await ChildService.StartAsync(settings, cancel);
                        client = new DmlClient(service.Http);
                    }
                }
                else
                {
                    await TrainsAsync(client, cancel);
                    Print("before the retrain", before);
                    Print("while it trains", await HttpLoad.RunAsync(client, pictures, clients, Hits, seconds, cancel));
                }

                await ReachAsync(client, RetrainStep.Ended, cancel);
                Report((await client.RetrainsAsync(cancel))[0], clock.Elapsed);
                var stats = await client.StatsAsync(cancel);
                Console.WriteLine(
                    $"now: generation {stats.Generation} of {stats.Model}, {stats.Items} items, {stats.Index?.Vectors} vectors");
            }
            finally
            {
                await service.DisposeAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Settings(string folder, string recipe)
    {
        var models = Directory.CreateDirectory(Path.Combine(folder, "models", Model)).FullName;
        foreach (var file in new[] { EmbedderManifest.NetworkFileName, EmbedderManifest.FileName })
        {
            File.Copy(Path.Combine(Repository.Models, Model, file), Path.Combine(models, file));
        }

        return
        [
            "--Urls=http://127.0.0.1:0",
            $"--Data:Folder={Path.Combine(folder, "data")}",
            $"--Models:Folder={Path.Combine(folder, "models")}",
            "--Demo:Import=false",
            "--Retrain:Cron=",
            $"--Retrain:Recipe={(recipe.Length == 0 ? "" : Path.GetFullPath(recipe))}",
            string.Create(CultureInfo.InvariantCulture, $"--Gate:HeldOut={HeldOut}"),
        ];
    }

    private static (List<EmojiDrawing> Old, List<EmojiDrawing> Added) Drawings(string set, int concepts, bool known)
    {
        var all = EmojiDrawings.Open(Repository.DemoDrawings);
        var unseen = UnseenConcepts.Of(Model);
        var taken = all.Concepts.Where(concept => known || unseen.Contains(concept) || !HeldOutLabels.Contains(concept, HeldOut)).ToArray();
        new Random(1).Shuffle(taken);
        var wanted = taken.Take(concepts == 0 ? taken.Length : concepts).ToHashSet();
        var sides = all.Drawings.Where(drawing => wanted.Contains(drawing.Concept)).ToLookup(drawing => drawing.Set == set);
        return sides[true].Any() ? ([.. sides[false]], [.. sides[true]]) : throw new ArgumentException($"There is no set '{set}'.");
    }

    private static async Task AddAsync(DmlClient client, List<EmojiDrawing> drawings, bool isShuffled, CancellationToken cancel)
    {
        var labels = drawings.Select(drawing => drawing.Concept).ToArray();
        if (isShuffled)
        {
            int[] learnt = [.. Enumerable.Range(0, labels.Length).Where(i => !HeldOutLabels.Contains(labels[i], HeldOut))];
            var shuffled = learnt.Select(i => labels[i]).ToArray();
            new Random(1).Shuffle(shuffled);
            foreach (var (i, label) in learnt.Zip(shuffled))
            {
                labels[i] = label;
            }
        }

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancel };
        await Parallel.ForAsync(0, drawings.Count, parallel, async (i, stop) =>
            await client.PutItemAsync(drawings[i].Id, drawings[i].RenderPng(PictureSize), new() { Label = labels[i] }, stop));
    }

    // Simulates a user who judges whether the first hit of a new drawing shows the same concept. Hits that are the identical picture, which
    // some sets share, get no feedback.
    private static async Task TeachAsync(DmlClient client, List<EmojiDrawing> drawings, int count, CancellationToken cancel)
    {
        var concepts = EmojiDrawings.Open(Repository.DemoDrawings).Drawings.ToDictionary(drawing => drawing.Id, drawing => drawing.Concept);
        var right = 0;
        foreach (var drawing in drawings.Take(count))
        {
            var hit = (await client.SimilarAsync(drawing.Id, new() { K = Hits }, cancel)).Hits.First(hit => hit.Score < SamePicture);
            await client.GiveFeedbackAsync(drawing.Id, hit.Id, concepts[hit.Id] == drawing.Concept, cancel);
            right += concepts[hit.Id] == drawing.Concept ? 1 : 0;
        }

        Console.WriteLine($"feedback on the first hits of {Math.Min(count, drawings.Count)} new drawings: {right} right");
    }

    private static async Task<RetrainStep> ReachAsync(DmlClient client, RetrainStep step, CancellationToken cancel)
    {
        while (true)
        {
            if ((await client.RetrainsAsync(cancel)).FirstOrDefault() is { } now && now.Step >= step)
            {
                return now.Step;
            }

            await Task.Delay(5, cancel);
        }
    }

    private static async Task TrainsAsync(DmlClient client, CancellationToken cancel)
    {
        while ((await client.JobsAsync(cancel)).FirstOrDefault(job => job.Kind == JobKind.Retrain) is { HasEnded: false } job
            && job.Message?.Contains(": train ", StringComparison.Ordinal) != true)
        {
            await Task.Delay(100, cancel);
        }
    }

    private static void Report(RetrainResponse retrain, TimeSpan took)
    {
        Console.WriteLine($"{retrain.Outcome} after {took.TotalSeconds:F0} s: {retrain.Message}");
        Console.WriteLine($"learnt from {retrain.Learnt}; continued: {retrain.Continued}");
        foreach (var name in new[] { "R@1", "R@10", "MAP@R" })
        {
            Console.WriteLine($"  {name,-6} {Cell(retrain, "before", name)} -> {Cell(retrain, "after", name)}");
        }

        foreach (var check in retrain.Gate?.Checks ?? [])
        {
            Console.WriteLine($"  {check.Name} {(check.Passed ? "passed" : "failed")}: {check.Detail}");
        }
    }

    private static string Cell(RetrainResponse retrain, string side, string name) => retrain.Figures?[side] is { } figures
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{(double)figures[name]!:F4} "
            + $"[{(double)figures["intervals"]![name]![0]!:F4}, {(double)figures["intervals"]![name]![1]!:F4}]")
        : "not measured";

    private static void Print(string name, LoadFigures figures) =>
        Console.WriteLine($"{name,-20} {figures.PicturesPerSecond,8:F1} requests/s   p50 {figures.P50:F1} ms   p99 {figures.P99:F1} ms");
}
