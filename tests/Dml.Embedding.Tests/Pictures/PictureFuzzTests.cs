using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Dml.Api.Tests.Reliability;
using Dml.Embedding.Libvips;
using Dml.Files;

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
        NativeHeap.ReturnFreedMemory();
        var count = Amount.Of("PICTURES", 20_000);
        var seed = Amount.Seed();
        var originals = Originals();
        Preprocessing preprocessing = new() { InputSize = 24, Resize = ResizeRule.CentreCrop };
        // Outlives a crash of the process: the number that each thread was at, eight bytes each.
        var journal = Path.Combine(Path.GetTempPath(), $"dml-fuzz-{Environment.ProcessId}");
        Amount.Say($"{count} files of {originals.Length} originals; {journal} holds the numbers that were under way if this process dies");
        int accepted = 0, next = 0;
        long slowest = 0, settled = 0;
        var tracked = Vips.TrackedBytes;
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
                        throw new InvalidOperationException($"Number {number} of seed {seed} was neither decoded nor refused with a reason.");
                    }
                }
            }))];
            foreach (var thread in threads)
            {
                thread.Start();
            }

            foreach (var thread in threads)
            {
                thread.Join();
            }
        }

        File.Delete(journal);
        var untrimmed = ResidentBytes();
        var end = Trimmed();
        Amount.Say($"{accepted} decoded, {count - accepted} refused; the slowest took {slowest} ms; resident memory {settled >> 20} MB after a fifth, {end >> 20} MB at the end ({untrimmed >> 20} MB with what the C library keeps); libvips' highest {Vips.HighestTrackedBytes >> 20} MB");
        Assert.InRange(accepted, 1, count - 1);
        Assert.InRange(slowest, 0, (long)Hang.TotalMilliseconds);
        Assert.InRange(end - settled, long.MinValue, Flat);
        Assert.True(SpinWait.SpinUntil(() => Vips.TrackedBytes <= tracked, TimeSpan.FromSeconds(10)), $"libvips still holds {Vips.TrackedBytes} bytes");
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
        var rgb = new byte[Side * Side * 3];
        new Random(5).NextBytes(rgb);
        using var noise = VipsImage.FromRgb(rgb, Side, Side);
        using var soft = noise.Blur(2);
        using var picture = VipsImage.FromRgb(soft.ToRgb(), Side, Side);
        VipsOperation Save(ReadOnlySpan<byte> saver) => new VipsOperation(saver).Set("in"u8, picture);
        return
        [
            Save("jpegsave_buffer"u8).RunToBytes(),
            Save("jpegsave_buffer"u8).Set("interlace"u8, "true"u8).Set("Q"u8, 60).RunToBytes(),
            Save("jpegsave_buffer"u8).Set("restart_interval"u8, 2).Set("subsample_mode"u8, "off"u8).RunToBytes(),
            Save("pngsave_buffer"u8).RunToBytes(),
            Save("pngsave_buffer"u8).Set("interlace"u8, "true"u8).RunToBytes(),
            Save("pngsave_buffer"u8).Set("palette"u8, "true"u8).Set("bitdepth"u8, 4).RunToBytes(),
            Save("webpsave_buffer"u8).RunToBytes(),
            Save("webpsave_buffer"u8).Set("lossless"u8, "true"u8).RunToBytes(),
            Save("gifsave_buffer"u8).RunToBytes(),
            Save("gifsave_buffer"u8).Set("interlace"u8, "true"u8).RunToBytes(),
            Animations.Gif(Colour.White, new Colour(1, 2, 3)),
            Animations.WebP(Colour.White, new Colour(9, 9, 9)),
        ];
    }
}
