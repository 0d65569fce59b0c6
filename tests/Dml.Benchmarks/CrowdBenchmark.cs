using System.Formats.Tar;
using System.Globalization;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Demo;
using Dml.Tests.Shared;

namespace Dml.Benchmarks;

/// <summary>
/// Frames of a film beside a few drawings, in a real service: how many of the drawings, and of the frames, find themselves by
/// <c>POST /search</c>, and how long that takes without and with the frames.
/// </summary>
internal static class CrowdBenchmark
{
    private const int FramesAtOnce = 1000;
    private const double Equal = 1 - 1e-6;

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var model = options.Text("model", "emoji");
        var frames = options.Number("frames", 30_000);
        var others = options.Number("others", 200);
        options.RefuseOthers();
        EmojiDrawing[] drawings = [.. EmojiDrawings.Open(Repository.DemoDrawings).Drawings];
        new Random(1).Shuffle(drawings);
        drawings = drawings[..Math.Min(others, drawings.Length)];

        await using var service = await DemoService.StartAsync(model, cancel);
        await service.FillAsync(drawings, cancel);
        Console.WriteLine(
            """
            | frames | pictures | find themselves | search p50 ms | search p99 ms |
            |---|---|---|---|---|
            """);
        await MeasureAsync(service, drawings, frames: 0, cancel);
        for (var first = 0; first < frames; first += FramesAtOnce)
        {
            var count = Math.Min(FramesAtOnce, frames - first);
            using var archive = Archive(first, count);
            var job = await service.Client.WaitForJobAsync((await service.Client.ImportAsync(archive, cancel)).Id, cancel);
            if (job.State != JobState.Succeeded)
            {
                throw new IOException($"An import of {count} frames ended as {job.State}: {job.Message}");
            }

            Console.Error.WriteLine($"  {first + count} of {frames} frames imported");
        }

        await MeasureAsync(service, drawings, frames, cancel);
    }

    private static async Task MeasureAsync(DemoService service, EmojiDrawing[] drawings, int frames, CancellationToken cancel)
    {
        await MeasureAsync("drawings", [.. drawings.Select(drawing => drawing.Id)]);
        if (frames > 0)
        {
            var asked = Math.Min(drawings.Length, frames);
            await MeasureAsync("frames", [.. Enumerable.Range(0, asked).Select(i => Name((int)((long)i * frames / asked)))]);
        }

        async Task MeasureAsync(string what, string[] ids)
        {
            var found = 0;
            var times = new List<double>();
            foreach (var id in ids)
            {
                var picture = await service.Client.ImageAsync(id, cancel);
                var answer = await service.Client.SearchAsync(picture, new() { K = 10 }, cancel);
                // Frames with the same vector are each other's best hit.
                found += answer.Hits.Any(hit => hit.Id == id) || answer.Hits[^1].Score >= Equal ? 1 : 0;
                times.Add(answer.Took.SearchMs);
            }

            times.Sort();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {frames:n0} | {ids.Length} {what} | {found} | {times[times.Count / 2]:f2} | {times[times.Count * 99 / 100]:f2} |"));
        }
    }

    private static string Name(int frame) => $"frame-{frame}.png";

    private static MemoryStream Archive(int first, int count)
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            for (var frame = first; frame < first + count; frame++)
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, Name(frame))
                { DataStream = new MemoryStream(Frames.Picture(frame)) });
            }
        }

        archive.Position = 0;
        return archive;
    }
}
