using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using NetVips;

namespace Dml.Embedding.Tests.Pictures;

/// <summary>What anybody may send: every refusal is typed, says something and leaves no memory behind.</summary>
public class HostileFileTests
{
    private const long MaxPixels = 50_000_000;

    [Fact]
    public void No_bytes() => Refuse(PictureProblem.Empty, []);

    [Theory]
    [InlineData("just some text, long enough to be sniffed by anything that sniffs")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><rect width=\"9\" height=\"9\"/></svg>")]
    [InlineData("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>")]
    [InlineData("%PDF-1.7")]
    [InlineData("P6 1 1 255 abc")]
    [InlineData("RIFFxxxxAVI ")]
    [InlineData("G")]
    public void Other_files_are_no_pictures(string text)
    {
        // The demo opens libvips' SVG loader; foreign SVG must stay out all the same.
        _ = VipsImage.DrawSvg([.. "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>"u8]);
        Refuse(PictureProblem.NotAPicture, Encoding.Latin1.GetBytes(text));
    }

    [Fact]
    public void Svg_in_disguise_is_damaged_and_not_drawn()
    {
        foreach (var disguise in (byte[][])[[.. "GIF89a"u8], [0xFF, 0xD8, 0xFF]])
        {
            Refuse(PictureProblem.Damaged, [.. disguise, .. "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>"u8]);
        }
    }

    [Theory]
    [InlineData(30_000, 30_000, false, "50,000,000")]
    [InlineData(30_000, 30_000, true, "25,000,000")]
    [InlineData(9_000_000, 6, false, "32,767")]
    public void Too_many_pixels_are_refused_by_the_header(int width, int height, bool interlaced, string most)
    {
        var file = HandMadePng.Zeros(width, height, interlaced, bytes: 4_000_000);
        var highestBefore = Stats.MemHighwater;
        var error = Refuse(PictureProblem.TooManyPixels, file);
        Assert.Contains($"{width} x {height}", error.Message, StringComparison.Ordinal);
        Assert.Contains(most, error.Message, StringComparison.Ordinal);
        // A new height above this would mean that pixels were decoded. Other tests of this process may have left a greater one.
        Assert.True(
            Stats.MemHighwater <= Math.Max(highestBefore, 80_000_000ul),
            $"libvips held {Stats.MemHighwater} bytes, {highestBefore} at most before");
    }

    [Theory]
    [InlineData(PictureFormat.Jpeg)]
    [InlineData(PictureFormat.Png)]
    [InlineData(PictureFormat.WebP)]
    [InlineData(PictureFormat.Gif)]
    [InlineData(PictureFormat.Avif)]
    [InlineData(PictureFormat.Tiff)]
    public void Cut_off_files_are_damaged_wherever_the_cut_is(PictureFormat format)
    {
        var file = Photo(format);
        // The last bytes of a PNG or GIF only say that it is over: a decoder that has all pixels may do without them.
        var longest = file.Length - 16;
        for (var length = 12; length < longest; length += Math.Max(1, file.Length / 60))
        {
            Refuse(PictureProblem.Damaged, file.AsSpan(0, length));
        }
    }

    [Theory]
    [InlineData(1, 32_768, "a side of at most 32,767")]
    [InlineData(40_000, 40, "a side of at most 32,767")]
    [InlineData(1, 5_001, "5,000 times as long")]
    [InlineData(10_002, 2, "5,000 times as long")]
    public void Very_long_and_very_thin_pictures_are_refused_by_the_header(int width, int height, string message)
    {
        var file = HandMadePng.Zeros(width, height, interlaced: false, bytes: (width + 1) * height);
        Assert.Contains(message, Refuse(PictureProblem.TooManyPixels, file).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_at_the_limits_is_decoded()
    {
        var rgb = new byte[64 * 64 * 3];
        foreach (var (width, height) in new[] { (1, 5_000), (5_000, 1), (33, 32_767), (32_767, 33) })
        {
            var file = HandMadePng.Zeros(width, height, interlaced: false, bytes: (width + 1) * height);
            Assert.True(PictureDecoder.TryDecode(file, new() { InputSize = 64 }, MaxPixels, rgb, out var error), error?.Message);
        }
    }

    [Fact]
    public void An_interlaced_png_may_have_half_the_pixels()
    {
        const int Side = 1_000;
        foreach (var (depth, weight) in new[] { ((byte)8, 2), ((byte)16, 2) })
        {
            var file = HandMadePng.Zeros(Side, Side, interlaced: true, bytes: Side * ((Side * 2) + 16), depth);
            Assert.True(PictureDecoder.TryProbe(file, Side * Side * weight, out _, out var error), error?.Message);
            Assert.False(PictureDecoder.TryProbe(file, (Side * Side * weight) - 1, out _, out error));
            Assert.Equal(PictureProblem.TooManyPixels, error.Problem);
        }
    }

    // Each text is 8 KB in the file and 8 MB inflated; libpng would keep 1.6 GB of them.
    [Theory]
    [InlineData("zTXt")]
    [InlineData("iTXt")]
    [InlineData("tEXt")]
    public void Texts_of_a_png_take_no_memory(string type)
    {
        byte[][] texts = [.. Enumerable.Repeat(HandMadePng.Text(type, type == "tEXt" ? 8_000 : 8_000_000), 200)];
        var file = HandMadePng.Zeros(8, 8, interlaced: false, bytes: 9 * 8, depth: 8, texts);
        var rgb = new byte[16 * 16 * 3];
        using var process = Process.GetCurrentProcess();
        var before = process.PeakWorkingSet64;
        Assert.True(PictureDecoder.TryDecode(file, new() { InputSize = 16 }, MaxPixels, rgb, out var error), error?.Message);
        process.Refresh();
        // Other tests of this process take some, too; and the kernel's count of pages is a little behind, so that a peak may sink.
        Assert.True(process.PeakWorkingSet64 - before < 800_000_000, $"{process.PeakWorkingSet64 - before:N0} bytes more");
        Assert.All(rgb, value => Assert.Equal(0, value));
        Assert.True(PngText.Remove(file).SequenceEqual(HandMadePng.Zeros(8, 8, interlaced: false, bytes: 9 * 8)));
    }

    [Fact]
    public void Taking_out_texts_leaves_a_damaged_png_as_it_is()
    {
        var file = HandMadePng.Zeros(8, 8, interlaced: false, bytes: 9 * 8, depth: 8, HandMadePng.Text("tEXt", 40));
        for (var length = 0; length < file.Length; length++)
        {
            var kept = PngText.Remove(file.AsSpan(0, length));
            Assert.InRange(kept.Length, Math.Min(length, 8), length);
        }

        byte[] endless = [.. file];
        BinaryPrimitives.WriteUInt32BigEndian(endless.AsSpan(8), uint.MaxValue);
        Assert.True(PngText.Remove(endless).SequenceEqual(endless));
    }

    [Fact]
    public void Decoding_ends_when_its_time_is_over()
    {
        const int Side = 6_900;
        var bytes = HandMadePng.Zeros(Side, Side, interlaced: false, bytes: (Side + 1) * Side);
        Assert.True(PictureFile.TryOpen(bytes, MaxPixels, out _, out var file, out _));
        using (file)
        {
            var image = file.Load(shrink: 1, TimeSpan.Zero);
            SpinWait.SpinUntil(() => file.Failure.Problem == PictureProblem.TooManyPixels, TimeSpan.FromSeconds(30));
            Assert.Throws<VipsException>(() =>
            {
                using var square = VipsImage.Fit(image, new() { InputSize = 64 });
                square.ToRgb(new byte[64 * 64 * 3]);
            });
            Assert.Contains("10 seconds", file.Failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_avif_or_tiff_with_too_many_pixels_is_refused_by_its_header()
    {
        foreach (var (format, file) in new[] { (PictureFormat.Avif, HugeAvif()), (PictureFormat.Tiff, HugeTiff()) })
        {
            var highestBefore = Stats.MemHighwater;
            var error = Refuse(PictureProblem.TooManyPixels, file);
            Assert.Contains("30000 x 30000", error.Message, StringComparison.Ordinal);
            Assert.True(
                Stats.MemHighwater <= Math.Max(highestBefore, 80_000_000ul),
                $"{format}: libvips held {Stats.MemHighwater} bytes, {highestBefore} at most before");
        }
    }

    [Fact]
    public void What_a_decoder_has_to_hold_whole_may_have_fewer_pixels()
    {
        using var photo = Pixels.Soft(96, 72, sigma: 1);
        using var wide = photo.Image.Colourspace(Enums.Interpretation.Rgb16);
        foreach (var (file, weight) in new[] { (Photo(PictureFormat.Avif), 4), (Photo(PictureFormat.Tiff), 1), (wide.TiffsaveBuffer(), 2) })
        {
            var fewest = 96L * 72 * weight;
            Assert.True(PictureDecoder.TryProbe(file, fewest, out _, out var error), error?.Message);
            Assert.False(PictureDecoder.TryProbe(file, fewest - 1, out _, out error));
            Assert.Equal(PictureProblem.TooManyPixels, error.Problem);
        }
    }

    // The header of the file promises little, the coded picture inside is large.
    [Fact]
    public void An_avif_that_holds_more_than_it_says_is_damaged()
    {
        using var photo = Pixels.Soft(600, 600, sigma: 1);
        var file = photo.Image.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1);
        SetSize(file, 64);
        Refuse(PictureProblem.Damaged, file);
    }

    [Theory]
    [InlineData("ftypheic", "HEIC cannot be read: the decoder of its HEVC pictures is not part of this program.")]
    [InlineData("ftypmif1", "HEIC cannot be read: the decoder of its HEVC pictures is not part of this program.")]
    [InlineData("BM", "BMP is not accepted. Convert the picture to JPEG, PNG, WebP, GIF, AVIF or TIFF.")]
    public void A_known_format_that_is_not_accepted_is_named(string begin, string message)
    {
        byte[] size = begin.Length > 2 ? [0, 0, 0, 24] : [];
        byte[] file = [.. size, .. Encoding.ASCII.GetBytes(begin), 0, 0, 0, 0, .. "heicmif1"u8, .. new byte[100]];
        Assert.StartsWith(message, Refuse(PictureProblem.NotAPicture, file).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_switch_refuses_avif_and_tiff_by_name()
    {
        PictureFormats.AcceptsMore = false;
        try
        {
            Assert.Equal(
                "AVIF is not accepted here. Convert the picture to JPEG, PNG, WebP or GIF.",
                Refuse(PictureProblem.NotAPicture, Photo(PictureFormat.Avif)).Message);
            Assert.Equal(
                "TIFF is not accepted here. Convert the picture to JPEG, PNG, WebP or GIF.",
                Refuse(PictureProblem.NotAPicture, Photo(PictureFormat.Tiff)).Message);
        }
        finally
        {
            PictureFormats.AcceptsMore = true;
        }
    }

    [Fact]
    public void Two_thousand_mutations_never_crash_and_leak_nothing()
    {
        const int seed = 20261121;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        Random random = new(seed);
        byte[][] originals =
        [
            .. Enum.GetValues<PictureFormat>().Select(Photo),
            Animations.Gif(Colour.White, new Colour(1, 2, 3)),
            Animations.WebP(Colour.White, new Colour(9, 9, 9)),
        ];
        Preprocessing preprocessing = new() { InputSize = 24 };
        var rgb = new byte[preprocessing.PixelBytes];
        var before = Stats.Mem;
        var accepted = 0;
        for (var round = 0; round < 2000; round++)
        {
            byte[] file = [.. originals[round % originals.Length]];
            for (var change = random.Next(1, 12); change > 0; change--)
            {
                // Half of the changes hit the headers, where they hurt most.
                var position = random.Next(random.Next(2) == 0 ? Math.Min(file.Length, 400) : file.Length);
                file[position] = random.Next(4) switch
                {
                    0 => 0,
                    1 => 255,
                    2 => (byte)(file[position] ^ (1 << random.Next(8))),
                    _ => (byte)random.Next(256),
                };
            }

            var decoded = PictureDecoder.TryDecode(file, preprocessing, 2_000_000, rgb, out var error);
            Assert.Equal(decoded, error is null);
            Assert.True(decoded || error!.Message.Length > 10);
            accepted += decoded ? 1 : 0;
            if (round % 4 == 0)
            {
                PictureDecoder.TryThumbnail(file, 32, 2_000_000, out _, out _);
            }
        }

        Assert.InRange(accepted, 1, 1999);
        AssertReleased(before);
    }

    [Fact]
    public async Task Many_threads_get_what_one_gets()
    {
        byte[][] files = [.. Enum.GetValues<PictureFormat>().Select(Photo)];
        Preprocessing preprocessing = new() { InputSize = 48, Resize = ResizeRule.ShortSideCrop };
        byte[] Decode(int i)
        {
            var rgb = new byte[preprocessing.PixelBytes];
            var damaged = i % 3 == 0;
            ReadOnlySpan<byte> file = files[i % files.Length];
            var part = damaged ? file[..(file.Length / 2)] : file;
            Assert.Equal(!damaged, PictureDecoder.TryDecode(part, preprocessing, MaxPixels, rgb, out _));
            return damaged ? [] : rgb;
        }

        byte[][] expected = [.. Enumerable.Range(0, 12).Select(Decode)];
        var before = Stats.Mem;
        var options = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForAsync(0, 240, options, (i, _) =>
        {
            Assert.Equal(expected[i % 12], Decode(i));
            return ValueTask.CompletedTask;
        });
        AssertReleased(before);
    }

    /// <summary>A picture with something in every place, so that a cut anywhere loses some of it.</summary>
    private static byte[] Photo(PictureFormat format)
    {
        using var photo = Pixels.Soft(96, 72, sigma: 1);
        return format switch
        {
            PictureFormat.Gif => photo.Image.GifsaveBuffer(),
            PictureFormat.Avif => photo.Image.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1),
            PictureFormat.Tiff => photo.Image.TiffsaveBuffer(),
            _ => photo.Encode(format),
        };
    }

    // The box "ispe" (ISO 23008-12) holds version and flags, width and height.
    private static byte[] HugeAvif()
    {
        var file = Photo(PictureFormat.Avif);
        SetSize(file, 30_000);
        return file;
    }

    private static void SetSize(byte[] avif, int side)
    {
        var at = avif.AsSpan().IndexOf("ispe"u8) + 8;
        Assert.True(at > 8);
        BinaryPrimitives.WriteInt32BigEndian(avif.AsSpan(at), side);
        BinaryPrimitives.WriteInt32BigEndian(avif.AsSpan(at + 4), side);
    }

    // Twelve bytes an entry: tag, type, count, value. Tags 256 and 257 are width and height.
    private static byte[] HugeTiff()
    {
        var file = Photo(PictureFormat.Tiff);
        var directory = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(4));
        var entries = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(directory));
        for (var at = directory + 2; at < directory + 2 + (12 * entries); at += 12)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at)) is 256 or 257)
            {
                BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 8), 30_000);
            }
        }

        return file;
    }

    // Threads of libvips release their buffers a moment after the call they worked for has ended.
    private static void AssertReleased(int before) =>
        Assert.True(SpinWait.SpinUntil(() => Stats.Mem <= before, TimeSpan.FromSeconds(10)),
            $"libvips held {before} bytes before and holds {Stats.Mem} now");

    private static PictureError Refuse(PictureProblem problem, ReadOnlySpan<byte> file)
    {
        Preprocessing preprocessing = new() { InputSize = 32 };
        var rgb = new byte[preprocessing.PixelBytes];
        var before = Stats.Mem;
        Assert.False(PictureDecoder.TryDecode(file, preprocessing, MaxPixels, rgb, out var error), $"{file.Length} bytes were accepted");
        Assert.Equal(problem, error.Problem);
        Assert.False(PictureDecoder.TryThumbnail(file, 32, MaxPixels, out var webp, out var again));
        Assert.Equal((problem, 0), (again.Problem, webp.Length));
        AssertReleased(before);
        return error;
    }
}
