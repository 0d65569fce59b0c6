using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Dml.Api.Tests.Reliability;
using Dml.Files;
using NetVips;

namespace Dml.Embedding.Tests.Pictures;

/// <summary>Mutated files through the service's decoder: typed refusals, no crash, no hang, no memory left behind.</summary>
public partial class PictureFuzzTests
{
    private const long MaxPixels = 50_000_000;
    private const int Side = 96;

    // Not a timing: a file that takes this long holds a worker for as long as its sender likes.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);
    private const long Flat = 150L << 20;

    [Fact]
    public void Mutated_files_never_crash_hang_or_leak()
    {
        // As the service does; glibc's own settings keep hundreds of megabytes.
        NativeAllocator.ReturnFreedMemory();
        var count = Amount.Of("PICTURES", 20_000);
        var seed = Amount.Seed();
        var originals = Originals();
        Preprocessing preprocessing = new() { InputSize = 24, Resize = ResizeRule.CentreCrop };
        // Outlives a crash of the process: the number that each thread was at, eight bytes each.
        var journal = Path.Combine(Path.GetTempPath(), $"dml-fuzz-{Environment.ProcessId}");
        Amount.Say($"{count} files of {originals.Length} originals; {journal} holds the numbers that were under way if this process dies");
        int accepted = 0, next = 0;
        long slowest = 0, settled = 0;
        var tracked = Stats.Mem;
        using (var file = File.OpenHandle(journal, FileMode.Create, FileAccess.Write))
        {
            Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(thread => new Thread(() =>
            {
                var rgb = new byte[preprocessing.PixelBytes];
                var note = new byte[sizeof(long)];
                for (int number; (number = Interlocked.Increment(ref next) - 1) < count;)
                {
                    if (number == count / 5)
                    {
                        Volatile.Write(ref settled, Trimmed());
                    }

                    BinaryPrimitives.WriteInt64LittleEndian(note, number);
                    RandomAccess.Write(file, note, thread * sizeof(long));
                    var picture = PictureMutation.Of(originals, seed, number);
                    var begin = Stopwatch.GetTimestamp();
                    var decoded = PictureDecoder.TryDecode(picture, preprocessing, MaxPixels, rgb, out var error);
                    if (decoded)
                    {
                        Interlocked.Increment(ref accepted);
                        // What was accepted once is asked for thumbnails for ever.
                        PictureDecoder.TryThumbnail(picture, 32, MaxPixels, out _, out _);
                    }

                    Max(ref slowest, (long)Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                    if (decoded == error is not null || error is { Message.Length: < 10 })
                    {
                        throw new InvalidOperationException(
                            $"Number {number} of seed {seed} was neither decoded nor refused with a reason.");
                    }
                }
            }))];
            foreach (var thread in threads)
            {
                thread.Start();
            }

            foreach (var thread in threads)
            {
                Assert.True(thread.Join(TimeSpan.FromMinutes(10) + TimeSpan.FromMilliseconds(20.0 * count)), "A picture does not end.");
            }
        }

        File.Delete(journal);
        var untrimmed = ResidentBytes();
        var end = Trimmed();
        Amount.Say(
            $"{accepted} decoded, {count - accepted} refused; the slowest took {slowest} ms; "
            + $"resident memory {settled >> 20} MB after a fifth, {end >> 20} MB at the end "
            + $"({untrimmed >> 20} MB with what the C library keeps); libvips' highest {Stats.MemHighwater >> 20} MB");
        Assert.InRange(accepted, 1, count - 1);
        Assert.InRange(slowest, 0, (long)Hang.TotalMilliseconds);
        Assert.InRange(end - settled, long.MinValue, Flat);
        Assert.True(
            SpinWait.SpinUntil(() => Stats.Mem <= tracked, TimeSpan.FromSeconds(10)), $"libvips still holds {Stats.Mem} bytes");
    }

    private static void Max(ref long slowest, long took)
    {
        for (var seen = Volatile.Read(ref slowest); took > seen; seen = Volatile.Read(ref slowest))
        {
            Interlocked.CompareExchange(ref slowest, took, seen);
        }
    }

    /// <summary>Resident bytes without what is free, but kept by the C library or by the garbage collector.</summary>
    private static long Trimmed()
    {
        // An ordinary collection keeps pages for what may come; how many, hangs on the moment.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux())
        {
            _ = TrimHeap(0);
        }

        return ResidentBytes();
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nint kept);

    /// <summary>Every format that is accepted, in the ways in which it is written.</summary>
    private static byte[][] Originals()
    {
        using var soft = Pixels.Soft(Side, Side, sigma: 2);
        var picture = soft.Image;
        return
        [
            picture.JpegsaveBuffer(),
            picture.JpegsaveBuffer(60, interlace: true),
            picture.JpegsaveBuffer(restartInterval: 2, subsampleMode: Enums.ForeignSubsample.Off),
            picture.PngsaveBuffer(),
            picture.PngsaveBuffer(interlace: true),
            picture.PngsaveBuffer(palette: true, bitdepth: 4),
            picture.WebpsaveBuffer(),
            picture.WebpsaveBuffer(lossless: true),
            picture.GifsaveBuffer(),
            picture.GifsaveBuffer(interlace: true),
            picture.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1),
            picture.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1, lossless: true),
            picture.TiffsaveBuffer(),
            picture.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Lzw, predictor: Enums.ForeignTiffPredictor.Horizontal),
            picture.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Jpeg),
            picture.TiffsaveBuffer(
                compression: Enums.ForeignTiffCompression.Deflate, tile: true, tileWidth: 32, tileHeight: 32, bigtiff: true),
            Animations.Gif(Colour.White, new Colour(1, 2, 3)),
            Animations.WebP(Colour.White, new Colour(9, 9, 9)),
        ];
    }
}
