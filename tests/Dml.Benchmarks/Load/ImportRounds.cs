using System.Diagnostics;
using System.Formats.Tar;
using Dml.Benchmarks.Ann;
using Dml.Contracts;
using Dml.Demo;
using Dml.Index;

namespace Dml.Benchmarks.Load;

/// <summary>
/// Fills the service by imports of one archive each, and the index of the bare loop with the same pictures. An import is timed from its
/// upload to the end of its job.
/// </summary>
internal static class ImportRounds
{
    private const int PicturesEach = 1000;

    public static async Task<List<ImportRound>> RunAsync(
        DemoService service, BareLoop bare, HnswIndex index, IReadOnlyList<EmojiDrawing> drawings, int pictureSize,
        CancellationToken cancel)
    {
        var rounds = new List<ImportRound>();
        var items = 0;
        foreach (var part in drawings.Chunk(PicturesEach))
        {
            var pictures = part.Select(drawing => drawing.RenderPng(pictureSize)).ToArray();
            using var archive = Archive(part, pictures);
            var (round, vectors) = bare.Embed(pictures, Environment.ProcessorCount);
            var cpu = service.CpuSeconds;
            var watch = Stopwatch.StartNew();
            var job = await service.Client.ImportAsync(archive, cancel);
            var upload = watch.Elapsed.TotalSeconds;
            job = await service.Client.WaitForJobAsync(job.Id, cancel);
            // The times that the job recorded, because its last event arrives up to one interval later.
            var seconds = upload + ((job.EndedAt - job.StartedAt)?.TotalSeconds ?? double.NaN);
            var serviceSeconds = service.CpuSeconds - cpu;
            if (job.State != JobState.Succeeded || (long?)job.Result?["added"] != part.Length)
            {
                throw new IOException($"An import of {part.Length} pictures ended as {job.State}: {job.Message} {job.Result}");
            }

            var indexing = CpuClock.ThreadSeconds;
            foreach (var vector in vectors)
            {
                index.Upsert(items++, vector);
            }

            indexing = CpuClock.ThreadSeconds - indexing;
            // The last part is smaller and less meaningful.
            if (part.Length == PicturesEach)
            {
                rounds.Add(new ImportRound(round, indexing, seconds, serviceSeconds));
            }

            Console.Error.WriteLine($"  {items} of {drawings.Count} drawings imported");
        }

        return rounds;
    }

    private static MemoryStream Archive(EmojiDrawing[] drawings, byte[][] pictures)
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            foreach (var (drawing, picture) in drawings.Zip(pictures))
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"{drawing.Concept}/{drawing.Id.Replace('.', '-')}.png")
                { DataStream = new MemoryStream(picture) });
            }
        }

        archive.Position = 0;
        return archive;
    }
}
