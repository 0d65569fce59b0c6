using System.Collections.Concurrent;
using System.Diagnostics;
using Dml.Benchmarks.Load;
using Dml.Client;
using Dml.Demo;
using Dml.Embedding;
using Dml.Tests.Shared;

namespace Dml.Benchmarks;

/// <summary>What searches feel of a rollout, and whether one of them fails or is answered wrongly while generations change places.</summary>
internal static class RolloutBenchmark
{
    private const int Hits = 10;
    private const int PictureCount = 200;
    private const string Candidate = "candidate";

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var model = options.Text("model", "emoji");
        var count = options.Number("drawings", 2000);
        var clients = options.Number("clients", 2);
        var seconds = TimeSpan.FromSeconds(options.Number("seconds", 20));
        var swaps = options.Number("swaps", 100);

        var models = Directory.CreateTempSubdirectory("dml-bench-models-").FullName;
        try
        {
            CopyModels(model, models);
            var drawings = EmojiDrawings.Open(Repository.DemoDrawings).Drawings.Take(count).ToList();
            var pictures = new PictureSeries([.. drawings.Take(PictureCount).Select(drawing => drawing.RenderPng(128))], areNew: true);
            await using var service = await DemoService.StartAsync(model, cancel, models);
            await service.FillAsync(drawings, cancel);
            var client = service.Client;

            await HttpLoad.RunAsync(client, pictures, clients, Hits, TimeSpan.FromSeconds(3), cancel);
            var before = await HttpLoad.RunAsync(client, pictures, clients, Hits, seconds, cancel);
            var job = await client.RollOutAsync(Candidate, cancel);
            var during = await HttpLoad.RunAsync(client, pictures, clients, Hits, seconds, cancel);
            var progress = await client.FindJobAsync(job.Id, cancel);
            var ended = await client.WaitForJobAsync(job.Id, cancel);

            Console.WriteLine($"{drawings.Count} items, {clients} clients, {Environment.ProcessorCount} cores, {seconds.TotalSeconds} s each");
            Print("without a rollout", before);
            Print("during a rollout", during);
            Console.WriteLine($"p99 ratio {during.P99 / before.P99:F2}; the rollout had embedded {progress?.Done} of {progress?.Total} when the measurement ended");
            Console.WriteLine($"rollout: {ended.State}, {(ended.EndedAt - ended.StartedAt)?.TotalSeconds:F1} s. {ended.Message}");
            foreach (var check in (await client.GenerationsAsync(cancel))[0].Gate?.Checks ?? [])
            {
                Console.WriteLine($"  {check.Name}: {check.Detail}");
            }

            await SwapAsync(client, pictures, clients, swaps, cancel);
        }
        finally
        {
            Directory.Delete(models, recursive: true);
        }
    }

    private static async Task SwapAsync(DmlClient client, PictureSeries pictures, int clients, int swaps, CancellationToken cancel)
    {
        var fingerprints = (await client.GenerationsAsync(cancel)).ToDictionary(row => row.Number, row => row.Fingerprint);
        var times = new ConcurrentBag<double>();
        long errors = 0, mixed = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var searchers = Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var begin = Stopwatch.GetTimestamp();
                try
                {
                    var answer = await client.SearchAsync(pictures.NextFile(), new() { K = Hits }, cancel);
                    // The two embedders are nearly the same here: that the hits are those of the generation named is
                    // for a test with two that differ.
                    if (fingerprints[answer.Generation] != answer.Fingerprint || answer.Hits[0].Score < 0.999f)
                    {
                        Interlocked.Increment(ref mixed);
                    }
                }
                catch (Exception exception) when (exception is HttpRequestException or DmlException)
                {
                    Interlocked.Increment(ref errors);
                }

                times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }
        }, cancel)).ToList();
        var watch = Stopwatch.StartNew();
        for (var swap = 0; swap < swaps; swap++)
        {
            await client.ActivateAsync(swap % 2 == 0 ? 1 : 2, cancel);
        }

        watch.Stop();
        await stop.CancelAsync();
        await Task.WhenAll(searchers);
        Console.WriteLine(
            $"{swaps} swaps in {watch.Elapsed.TotalSeconds:F1} s: {times.Count} requests, {errors} errors, {mixed} answers with another fingerprint than their generation's or without the picture itself first, "
            + $"p50 {Median.Of(times):F1} ms, p99 {Median.Percentile(times, 0.99):F1} ms");
    }

    // The candidate differs by a hair's breadth in its mean: another fingerprint, and as good.
    private static void CopyModels(string model, string models)
    {
        foreach (var name in new[] { model, Candidate })
        {
            var folder = Directory.CreateDirectory(Path.Combine(models, name)).FullName;
            foreach (var file in new[] { EmbedderManifest.NetworkFileName, EmbedderManifest.FileName })
            {
                File.Copy(Path.Combine(Repository.Models, model, file), Path.Combine(folder, file));
            }
        }

        var candidate = Path.Combine(models, Candidate);
        var manifest = EmbedderManifest.Load(candidate);
        var preprocessing = manifest.Preprocessing with { Mean = [.. manifest.Preprocessing.Mean.Select(mean => mean + 0.001f)] };
        (manifest with { Name = Candidate, Preprocessing = preprocessing }).Save(candidate);
    }

    private static void Print(string name, LoadFigures figures) =>
        Console.WriteLine($"{name,-20} {figures.PicturesPerSecond,8:F1} requests/s   p50 {figures.P50:F1} ms   p99 {figures.P99:F1} ms");
}
