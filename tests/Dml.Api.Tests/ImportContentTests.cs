using System.Diagnostics;
using System.Formats.Tar;
using System.Net.Sockets;
using System.Text;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Embedding;
using static Dml.Api.Tests.Support.ImportedFiles;

namespace Dml.Api.Tests;

/// <summary>What of a source is imported, what is refused and what is left out; and what happens with damaged sources.</summary>
public sealed class ImportContentTests : IAsyncLifetime
{
    private ImportedFiles _import = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _import = await StartAsync("--Limits:MaxUnpackedBytes=3000000");

    public ValueTask DisposeAsync() => _import.DisposeAsync();

    [Theory]
    [MemberData(nameof(Sources), MemberType = typeof(ImportedFiles))]
    public async Task The_first_bytes_tell_what_is_a_picture(string kind)
    {
        var job = await _import.ImportAsync(
            kind,
            ("a/1.jfif", Pictures.Blocks(1, PictureFormat.Jpeg)),
            ("a/2.JPE", Pictures.Blocks(2, PictureFormat.Jpeg)),
            ("a/3.apng", Pictures.Blocks(3)),
            ("a/4", Pictures.Blocks(4)),
            ("a/5.bin", Pictures.Blocks(5)),
            ("a/6.jpg", Pictures.Blocks(6, PictureFormat.WebP)),
            ("a/7.png", Encoding.UTF8.GetBytes("no picture")),
            ("a/8.png", []),
            ("a/9.heic", Encoding.UTF8.GetBytes("\0\0\0\x18ftypheic\0\0\0\0mif1heic")),
            ("a/10.bmp", Encoding.UTF8.GetBytes("BM no picture here")),
            ("a/11.mp4", new byte[300_000]),
            ("a/12", Encoding.UTF8.GetBytes("no picture")));
        Assert.Equal((JobState.Succeeded, 6, 0, 0, 2), Counts(job));
        Assert.Equal("""{"BMP":1,"HEIC":1,"MP4":1,"no extension":1}""", job.Result!["leftOut"]!.ToJsonString());
        Assert.Equal("""["a/10.bmp","a/11.mp4","a/12","a/9.heic"]""", job.Result["leftOutNames"]!.ToJsonString());
        Assert.Equal((4, 12L, 12L), ((int)job.Result["ignored"]!, job.Done, job.Total!.Value));
        Assert.StartsWith("a/7.png: This is not a ", Problems(job)[0], StringComparison.Ordinal);
        Assert.StartsWith("a/8.png: The picture is empty", Problems(job)[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Odd_entries_of_a_tar_are_named_and_the_rest_goes_on(bool isCompressed)
    {
        var archive = new TarBytes()
            .AddPax("comment", "made by hand", 'g')
            .Add("a/", [], '5')
            .Add("a/1.png", Pictures.Blocks(1))
            .Add("a/linked.png", [], '1', "a/1.png")
            .Add("b/linked twice.png", [], '1', "./a/linked.png")
            // As V7 wrote it: the size of the file, and no contents.
            .Add("a/linked v7.png", [], '1', "a/1.png", magic: "", size: Pictures.Blocks(1).Length)
            // As POSIX permits: the contents once more.
            .AddPax("path", "a/linked with contents.png").Add("x", Pictures.Blocks(2), '1', "a/1.png")
            .Add("a/lost.png", [], '1', "elsewhere/1.png")
            .Add("a/contiguous.png", Pictures.Blocks(3), '7')
            .Add("a/v7.png", Pictures.Blocks(4), '\0', magic: "")
            .Add("a/symbolic.png", [], '2', "1.png")
            .Add("a/pipe.png", [], '6')
            .Add("a/device.png", [], '3')
            .Add("a/sparse.png", Pictures.Blocks(5), 'S', magic: "ustar  ")
            .Add("a/mapped.png", [], 'S', magic: "ustar  ", size: 1024, change: header => header[482] = 1)
            .Raw(new byte[512]).Raw(Pictures.Blocks(1)[..100]).Raw(new byte[512])
            .AddPax("GNU.sparse.major", "1").AddPax("GNU.sparse.name", "a/sparse pax.png").Add("a/GNUSparseFile.1/x", Pictures.Blocks(6))
            .Add("a/vendor.png", Pictures.Blocks(7), 'Z')
            .AddPax("comment", new string('c', 70_000)).Add("a/long comment.png", Pictures.Blocks(8))
            .Add("././@LongLink", new byte[70_000], 'L', magic: "ustar  ").Add("a/long name.png", Pictures.Blocks(9), magic: "ustar  ")
            .Add("x", "no record"u8.ToArray(), 'x').Add("a/damaged header.png", Pictures.Blocks(10))
            .Add("a/last.png", Pictures.Blocks(11))
            .End();
        var job = await _import.ImportAsync(isCompressed ? GZip(archive) : archive);
        Assert.Equal("Importing an archive", job.Message);
        Assert.Equal(
            [
                "a/damaged header.png: Its extended header is damaged.",
                "a/device.png: It is a device; only regular files are read.",
                "a/long comment.png: Its extended header has 70015 bytes; at most 65536 are read.",
                "a/long name.png: Its extended header has 70000 bytes; at most 65536 are read.",
                "a/lost.png: It is a hard link to elsewhere/1.png, which does not come before it in the archive.",
                "a/mapped.png: It is stored as a sparse file, which cannot be read.",
                "a/pipe.png: It is a named pipe; only regular files are read.",
                "a/sparse pax.png: It is stored as a sparse file, which cannot be read.",
                "a/sparse.png: It is stored as a sparse file, which cannot be read.",
                "a/vendor.png: It is an entry of the type \"Z\", which is not read.",
            ],
            Problems(job));
        Assert.Equal((JobState.Succeeded, 8, 0, 0, 10), Counts(job));
        Assert.Equal("""{"symbolic link":1}""", job.Result!["leftOut"]!.ToJsonString());
        var linked = (await _import.LabelsAsync()).Keys.Where(id => id.Contains("linked", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, linked.Count);
        foreach (var id in linked)
        {
            var expected = Pictures.Blocks(id.Contains("contents", StringComparison.Ordinal) ? 2 : 1);
            Assert.Equal(expected, await _import.Client.ImageAsync(id, Cancel));
        }
    }

    [Fact]
    public async Task A_sparse_file_of_gnu_tar_ends_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "GNU tar is needed.");
        var folder = Path.Combine(_import.Root, "sparse");
        Directory.CreateDirectory(Path.Combine(folder, "sp"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "sp", "1.png"), Pictures.Blocks(1), Cancel);
        await File.WriteAllBytesAsync(Path.Combine(folder, "sp", "3.png"), Pictures.Blocks(3), Cancel);
        await using (var file = File.Create(Path.Combine(folder, "sp", "2.png")))
        {
            // More pieces than the header has room for.
            for (var i = 0; i < 40; i++)
            {
                file.Position = i * 1_000_000L;
                file.Write(Pictures.Blocks(2));
            }
        }

        foreach (var format in new[] { "gnu", "pax" })
        {
            var path = Path.Combine(folder, $"{format}.tar");
            using (
                var tar = Process.Start("tar", [$"--format={format}", "--sparse", "--sort=name", "-cf", path, "-C", folder, "sp"]))
            {
                await tar.WaitForExitAsync(Cancel);
            }

            var job = await _import.ImportAsync(await File.ReadAllBytesAsync(path, Cancel));
            Assert.Equal((JobState.Succeeded, 1), (job.State, (int)job.Result!["refused"]!));
            Assert.Equal(2, (int)job.Result["added"]! + (int)job.Result["present"]!);
            Assert.Equal(["sp/2.png: It is stored as a sparse file, which cannot be read."], Problems(job));
        }
    }

    [Fact]
    public async Task Two_archives_one_behind_the_other_are_one()
    {
        var archive = new TarBytes().Add("a/1.png", Pictures.Blocks(1)).Raw(new byte[10_240]).Add("a/2.png", Pictures.Blocks(2)).End();
        Assert.Equal((JobState.Succeeded, 2, 0, 0, 0), Counts(await _import.ImportAsync([.. archive, .. "rubbish"u8])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tar_that_is_cut_says_where_and_keeps_what_came_before(bool isCompressed)
    {
        var whole = new TarBytes().Add("a/1.png", Noise(1)).Add("a/2.png", Noise(2)).Add("a/3.png", Noise(3)).End();
        var third = new TarBytes().Add("a/1.png", Noise(1)).Add("a/2.png", Noise(2)).Cut().Length;
        // Within a header, within contents, and between two entries.
        foreach (var length in new[] { third + 100, third + 2000, third })
        {
            var cut = isCompressed ? CutGZip(whole, length) : whole[..length];
            var job = await _import.ImportAsync(cut);
            Assert.Equal(JobState.Failed, job.State);
            Assert.StartsWith("The archive is cut off after a/2.png.", job.Message, StringComparison.Ordinal);
            Assert.Equal(2, (int)job.Result!["added"]! + (int)job.Result["present"]!);
            Assert.Equal(
                length == third + 2000 ? ["a/3.png: The archive is cut off within this file."] : (string[])[], Problems(job));
        }

        Assert.Equal((JobState.Succeeded, 1, 0, 2, 0), Counts(await _import.ImportAsync(isCompressed ? GZip(whole) : whole)));
    }

    [Fact]
    public async Task A_damaged_tar_says_where_and_what_is_no_tar_says_so()
    {
        var damaged = new TarBytes().Add("a/1.png", Pictures.Blocks(1)).Raw(Encoding.UTF8.GetBytes("no header")).End();
        var job = await _import.ImportAsync(damaged);
        Assert.Equal((JobState.Failed, 1, 0, 0, 0), Counts(job));
        Assert.StartsWith("The archive cannot be read after a/1.png: ", job.Message, StringComparison.Ordinal);

        var none = await _import.ImportAsync(GZip(new byte[700].Select(_ => (byte)'x').ToArray()));
        Assert.StartsWith("This is not a tar archive in gzip: ", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_tar_of_v7_is_recognised_by_its_checksum()
    {
        var archive = new TarBytes().Add("v7/1.png", Pictures.Blocks(1), '\0', magic: "").End();
        Assert.Equal((JobState.Succeeded, 1, 0, 0, 0), Counts(await _import.ImportAsync(archive)));
        archive[0] ^= 1;
        Assert.Equal("not-an-archive", (await Assert.ThrowsAsync<Client.DmlException>(() => _import.ImportAsync(archive))).Code);
    }

    [Fact]
    public async Task Odd_entries_of_a_zip_are_named_and_the_rest_goes_on()
    {
        var picture = Pictures.Blocks(1);
        var archive = new ZipBytes()
            .Add("a/"u8.ToArray(), [])
            .Add("a/secret.png"u8.ToArray(), picture, flags: 1)
            .Add("a/secret too.png"u8.ToArray(), picture, flags: 0x41, method: 99)
            .Add("a/bzip2.png"u8.ToArray(), picture, method: 12)
            .Add("a/wrong.png"u8.ToArray(), picture, damage: true)
            .Add("a/link.png"u8.ToArray(), "wrong.png"u8.ToArray(), mode: 0xA1FF)
            .Add("a/pipe.png"u8.ToArray(), [], mode: 0x11FF)
            .AddName("a/elsewhere.png"u8.ToArray(), 5, picture.Length, picture)
            .AddName("a/outside.png"u8.ToArray(), 1 << 30, picture.Length, picture)
            .Add("a/last.png"u8.ToArray(), Pictures.Blocks(2), method: 8)
            .End();
        var job = await _import.ImportAsync(archive);
        Assert.Equal((JobState.Succeeded, 1, 0, 0, 7), Counts(job));
        Assert.Equal("""{"symbolic link":1}""", job.Result!["leftOut"]!.ToJsonString());
        string[] expected =
        [
            "a/bzip2.png: It is compressed by bzip2", "a/elsewhere.png: Its contents are not where",
            "a/outside.png: Its contents are not in the archive", "a/pipe.png: It is a named pipe", "a/secret too.png: It is encrypted",
            "a/secret.png: It is encrypted", "a/wrong.png: It is damaged in the archive",
        ];
        Assert.All(Problems(job).Zip(expected), pair => Assert.StartsWith(pair.Second, pair.First, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(5_000_000, 100)]
    [InlineData(10, 1L << 40)]
    [InlineData(-1, 100)]
    public async Task A_zip_with_too_large_a_directory_is_refused_before_it_is_read(long entries, long bytes)
    {
        var archive = new ZipBytes().Add("a/1.png"u8.ToArray(), Pictures.Blocks(1)).End64(entries, bytes);
        var refused = await Assert.ThrowsAsync<Client.DmlException>(() => _import.ImportAsync(archive));
        Assert.Equal("not-an-archive", refused.Code);
        Assert.Contains("at most 1000000 entries", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zip_with_records_of_64_bits_is_read()
    {
        var name = "a/1.png"u8.ToArray();
        var archive = new ZipBytes().Add(name, Pictures.Blocks(1)).End64(1, 46 + name.Length);
        Assert.Equal((JobState.Succeeded, 1, 0, 0, 0), Counts(await _import.ImportAsync(archive)));
    }

    [Fact]
    public async Task A_zip_whose_directory_is_damaged_says_where()
    {
        var archive = new ZipBytes()
            .Add("a/1.png"u8.ToArray(), Pictures.Blocks(1)).Add("a/2.png"u8.ToArray(), Pictures.Blocks(2)).End();
        var second = archive.AsSpan().LastIndexOf("PK\x01\x02"u8);
        archive[second] = 0;
        var job = await _import.ImportAsync(archive);
        Assert.Equal((JobState.Failed, 1, 0, 0, 0), Counts(job));
        Assert.StartsWith("The directory of the zip archive is damaged after a/1.png", job.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_entries_over_one_file_end_at_the_limit()
    {
        byte[] large = [.. Pictures.Blocks(1), .. new byte[199_000 - Pictures.Blocks(1).Length]];
        var packed = ZipBytes.Deflate(large).Length;
        var archive = new ZipBytes().Add("a/0.png"u8.ToArray(), large, method: 8);
        for (var i = 1; i < 1000; i++)
        {
            archive.AddName(Encoding.UTF8.GetBytes($"a/{i}.png"), 0, packed, large, method: 8);
        }

        var job = await _import.ImportAsync(archive.End());
        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("unpacks to more than 3000000 bytes (Limits:MaxUnpackedBytes)", job.Message, StringComparison.Ordinal);
        Assert.Equal(16, (int)job.Result!["added"]! + (int)job.Result["refused"]!);
    }

    [Fact]
    public async Task A_tar_that_unpacks_to_too_much_ends_at_the_limit()
    {
        var archive = GZip(
            new TarBytes().Add("a/1.png", Pictures.Blocks(1)).Add("a/2.bin", new byte[4_000_000]).Add("a/3.png", Pictures.Blocks(3)).End());
        var job = await _import.ImportAsync(archive);
        Assert.Equal((JobState.Failed, 1, 0, 0, 1), Counts(job));
        Assert.Contains("unpacks to more than 3000000 bytes (Limits:MaxUnpackedBytes)", job.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_regular_file_in_a_folder_is_named_and_never_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes in folders.");
        var folder = Path.Combine(_import.Root, "odd");
        Directory.CreateDirectory(Path.Combine(folder, "cls"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "cls", "one.png"), Pictures.Blocks(1), Cancel);
        using (var made = Process.Start("mkfifo", Path.Combine(folder, "cls", "pipe.png")))
        {
            await made.WaitForExitAsync(Cancel);
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "cls", "socket")));
        File.CreateSymbolicLink(Path.Combine(folder, "cls", "link.png"), "one.png");
        var job = await _import.ImportFolderAsync(folder);
        Assert.Equal((JobState.Succeeded, 1, 0, 0, 2), Counts(job));
        Assert.Equal(
            ["cls/pipe.png: It is a named pipe; only regular files are read.", "cls/socket: It is a socket; only regular files are read."],
            Problems(job));
        Assert.Equal("""{"symbolic link":1}""", job.Result!["leftOut"]!.ToJsonString());
    }

    [Fact]
    public async Task A_tar_of_the_library_and_one_by_hand_agree()
    {
        (string, byte[])[] files = [("a/1.png", Pictures.Blocks(1)), (new string('n', 200) + "/2.png", Pictures.Blocks(2))];
        Assert.Equal(2, Counts(await _import.ImportAsync(Archive("tar", files))).Added);
        foreach (var format in new[] { TarEntryFormat.Gnu, TarEntryFormat.Pax })
        {
            var bytes = new MemoryStream();
            using (var writer = new TarWriter(bytes, format, leaveOpen: true))
            {
                foreach (var (path, content) in files)
                {
                    TarEntry entry = format == TarEntryFormat.Gnu
                        ? new GnuTarEntry(TarEntryType.RegularFile, path)
                        : new PaxTarEntry(TarEntryType.RegularFile, path);
                    entry.DataStream = new MemoryStream(content);
                    writer.WriteEntry(entry);
                }
            }

            Assert.Equal((JobState.Succeeded, 0, 0, 2, 0), Counts(await _import.ImportAsync(bytes.ToArray())));
        }
    }

    // So that gzip keeps the lengths.
    private static byte[] Noise(int seed)
    {
        var picture = Pictures.Blocks(seed);
        var noise = new byte[5000];
        new Random(seed).NextBytes(noise);
        return [.. picture, .. noise];
    }

    // A stream of gzip that ends after a number of unpacked bytes without its own end.
    private static byte[] CutGZip(byte[] bytes, int length)
    {
        var packed = new MemoryStream();
        using var stream = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest);
        stream.Write(bytes, 0, length);
        stream.Flush();
        return packed.ToArray();
    }
}
