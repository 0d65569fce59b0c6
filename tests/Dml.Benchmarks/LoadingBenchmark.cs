using System.Diagnostics;
using System.Globalization;
using Dml.Embedding;
using Dml.Training.Augmentation;
using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Data;

namespace Dml.Benchmarks;

/// <summary>
/// Pictures per second of the trainer's data loading: decoding once, then augmented batches with one worker and with one worker per core.
/// </summary>
internal static class LoadingBenchmark
{
    private const int Classes = 20;
    private const int Width = 500;
    private const int Height = 375;

    public static Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var (size, count, batch) = (options.Number("size", 224), options.Number("pictures", 800), options.Number("batch", 80));
        var cache = Directory.CreateTempSubdirectory("dml-loading-");
        try
        {
            LabelledPicture[] pictures =
                [.. Enumerable.Range(0, count).Select(i => (Number: i, Jpeg: Jpeg(i % Classes)))
                    .Select(p => new LabelledPicture($"{p.Number:D5}", $"{p.Number % Classes:D2}", () => p.Jpeg))];
            var clock = Stopwatch.StartNew();
            using var pixels = PixelCache.Open(cache.FullName, "loading", pictures, new() { InputSize = (int)(size * 1.15) }, null, cancel);
            Print($"decode {Width} x {Height} JPEG once, {Environment.ProcessorCount} cores", count, clock);
            foreach (var workers in (int[])[1, Environment.ProcessorCount])
            {
                clock.Restart();
                var delivered = Deliver(pixels, [.. pictures.Select(p => int.Parse(p.Class, CultureInfo.InvariantCulture))], size, batch,
                    workers, cancel);
                Print($"batches of {batch} at {size} px, {workers} worker(s)", delivered, clock);
            }
        }
        finally
        {
            cache.Delete(recursive: true);
        }

        return Task.CompletedTask;
    }

    // The augmentations of the default recipe.
    private static int Deliver(PixelCache pixels, int[] labels, int size, int batch, int workers, CancellationToken cancel)
    {
        IAugmentation[] augmentations =
            [.. ((string[])["random-resized-crop", "random-flip", "colour-jitter"])
                .Select(name => Catalogue.Find("augmentation", AugmentationCatalogue.All, name).Make(null))];
        var sampler = Catalogue.Find("sampler", SamplerCatalogue.All, "shuffle")
            .Make(new() { ["batchSize"] = batch })(new(labels, Classes, Seed: 1));
        var loader = new BatchLoader(pixels, labels, sampler, augmentations, size, seed: 1, workers, ahead: 2 * workers);
        return Enumerable.Range(0, 3).Sum(epoch => loader.Epoch(epoch, cancel).Sum(b => b.Labels.Length));
    }

    private static byte[] Jpeg(int seed)
    {
        var random = new Random(seed);
        var (a, b) = (random.Next(3, 30), random.Next(3, 30));
        var rgb = new byte[Width * Height * 3];
        for (var i = 0; i < rgb.Length; i++)
        {
            var (x, y) = (i / 3 % Width, i / 3 / Width);
            rgb[i] = (byte)(128 + 60 * Math.Sin(x / (double)a + i % 3) + 40 * Math.Cos(y / (double)b) + random.Next(20));
        }

        using var image = VipsImage.FromRgb(rgb, Width, Height);
        return image.Encode(PictureFormat.Jpeg);
    }

    private static void Print(string what, int pictures, Stopwatch clock)
        => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what,-44} {pictures / clock.Elapsed.TotalSeconds,9:F0} pictures/s"));
}
