using NetVips;

namespace Dml.Embedding.Tests.Pictures;

/// <summary>A JPEG is whole if there is data for every block, whatever its end looks like.</summary>
public class WholeJpegTests
{
    private static readonly byte[] End = [0xFF, 0xD9];

    public static TheoryData<string> Kinds => [.. Files.Keys];

    // The kinds of scans that there are: one or many, of all components or of one, with and without restarts.
    private static Dictionary<string, Func<Image, byte[]>> Files { get; } = new()
    {
        ["baseline"] = image => image.JpegsaveBuffer(80),
        ["optimised"] = image => image.JpegsaveBuffer(80, optimizeCoding: true),
        ["full colour"] = image => image.JpegsaveBuffer(95, subsampleMode: Enums.ForeignSubsample.Off),
        ["grey"] = image => image.Colourspace(Enums.Interpretation.Bw).JpegsaveBuffer(80),
        ["progressive"] = image => image.JpegsaveBuffer(80, interlace: true),
        ["progressive, full colour"] = image => image.JpegsaveBuffer(95, interlace: true, subsampleMode: Enums.ForeignSubsample.Off),
        ["progressive, grey"] = image => image.Colourspace(Enums.Interpretation.Bw).JpegsaveBuffer(80, interlace: true),
        ["restarts"] = image => image.JpegsaveBuffer(80, restartInterval: 5),
        ["progressive, restarts"] = image => image.JpegsaveBuffer(80, interlace: true, restartInterval: 7),
        ["cmyk"] = image => image.Colourspace(Enums.Interpretation.Cmyk).JpegsaveBuffer(80, keep: Enums.ForeignKeep.None),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Its_codes_cover_the_picture_until_one_byte_is_missing(string kind)
    {
        var file = Make(kind);
        Assert.True(Covers(file));
        for (var length = file.Length - 3; length > 200; length -= Math.Max(1, (file.Length - length) / 20))
        {
            Assert.False(Covers([.. file[..length], .. End]), $"{length} of {file.Length} bytes");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_missing_end_costs_nothing_and_missing_data_everything(string kind)
    {
        var file = Make(kind);
        var pixels = Decode(file);
        foreach (var whole in (byte[][])[file[..^2], file[..^1], [.. file[..^2], .. new byte[500]], [.. file, .. new byte[500]]])
        {
            Assert.Equal(pixels, Decode(whole));
        }

        byte[] marked = [.. file[..^2]];
        for (var missing = 1; missing < marked.Length - 700; missing += 1 + (missing / 3))
        {
            // With its end, a picture that comes in several scans may have fewer of them.
            if (!kind.StartsWith("progressive", StringComparison.Ordinal))
            {
                Refuse([.. marked[..^missing], .. End]);
            }

            Refuse(marked[..^missing]);
            Refuse([.. marked[..^missing], .. new byte[missing + 2]]);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Without_any_scan_it_is_refused(string kind)
    {
        var file = Make(kind);
        var scan = file.AsSpan().IndexOf((byte[])[0xFF, 0xDA]);
        Refuse([.. file[..scan], .. End]);
        Refuse([.. file[..(scan + 2 + (file[scan + 2] << 8) + file[scan + 3])], .. End]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bytes_between_its_segments_are_passed_over(string kind)
    {
        var file = Make(kind);
        var scan = file.AsSpan().IndexOf((byte[])[0xFF, 0xDA]);
        byte[] odd = [.. file[..scan], 1, 2, 3, .. file[scan..]];
        Assert.Equal(Decode(file), Decode(odd));
        Refuse([.. odd[..(odd.Length / 2)], .. End]);
    }

    [Fact]
    public void The_part_that_no_embedder_looks_at_counts_as_well()
    {
        using var tall = Pixels.Soft(40, 400, sigma: 1);
        foreach (var format in Enum.GetValues<PictureFormat>().Where(format => format is PictureFormat.Jpeg or PictureFormat.Png))
        {
            var file = tall.Encode(format);
            foreach (var rule in Enum.GetValues<ResizeRule>())
            {
                Assert.NotEmpty(Decode(file, rule));
                Refuse(file[..(file.Length * 9 / 10)], rule);
            }
        }
    }

    private static byte[] Make(string kind)
    {
        using var picture = Pixels.Soft(150, 110, sigma: 0.8);
        return Files[kind](picture.Image);
    }

    private static bool Covers(byte[] file) => JpegScans.CoverPicture(file, toTheLastBit: true, TimeSpan.FromSeconds(60));

    private static byte[] Decode(byte[] file, ResizeRule rule = ResizeRule.Squash)
    {
        Preprocessing preprocessing = new() { InputSize = 100, Resize = rule };
        var rgb = new byte[preprocessing.PixelBytes];
        Assert.True(PictureDecoder.TryDecode(file, preprocessing, 1_000_000, rgb, out var error), error?.Message);
        return rgb;
    }

    private static void Refuse(byte[] file, ResizeRule rule = ResizeRule.Squash)
    {
        Preprocessing preprocessing = new() { InputSize = 100, Resize = rule };
        var rgb = new byte[preprocessing.PixelBytes];
        Assert.False(PictureDecoder.TryDecode(file, preprocessing, 1_000_000, rgb, out var error), $"{file.Length} bytes are accepted");
        Assert.Equal(PictureProblem.Damaged, error!.Problem);
    }
}
