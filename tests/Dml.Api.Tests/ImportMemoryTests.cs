using System.IO.Compression;
using Dml.Api.Imports;
using Dml.Api.Imports.Archives;
using Dml.Api.Tests.Support;

namespace Dml.Api.Tests;

/// <summary>A small archive with many long names takes little memory.</summary>
public sealed class ImportMemoryTests : IDisposable
{
    private const long Mebibyte = 1 << 20;
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4000, 60_000, 30, null)]
    // Two are hidden or superseded for each that is left; the paths of all of them are counted.
    [InlineData(40_000, 4000, 400, "after folder/00011052")]
    public void Many_long_names_take_little_memory(int entries, int length, int mebibytes, string? end)
    {
        var path = Path.Combine(_folder.Data, "names.tar.gz");
        Directory.CreateDirectory(_folder.Data);
        using (var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            packed.Write(new TarBytes().Add("folder/first.png", Pictures.Blocks(1)).Cut());
            for (var i = 0; i < entries; i++)
            {
                var name = $"folder/{i / 3:d8}{(i % 3 == 1 ? "/.hidden" : "")}".PadRight(length, 'n');
                packed.Write(new TarBytes().AddPax("path", name).Add("x", [], '6').Cut());
            }

            packed.Write(new TarBytes().End());
        }

        Assert.InRange(new FileInfo(path).Length, 0, 8 * Mebibyte);
        const string Setting = "Limits:MaxUnpackedBytes";
        using var source = new ArchiveSource(
            new TarReader(path, isCompressed: true, long.MaxValue, Setting), 100_000, long.MaxValue, Setting);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var files = source.Read(Cancel).GetEnumerator();
        Assert.True(files.MoveNext());
        var more = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(more < mebibytes * Mebibyte, $"The names take {more} bytes, more than {mebibytes} MiB.");

        var (pictures, refused) = (0, 0);
        do
        {
            _ = files.Current.Bytes.Length > 0 ? pictures++ : refused++;
        }
        while (files.MoveNext());

        // What came before the end is imported.
        Assert.Equal(1, pictures);
        if (end is null)
        {
            Assert.Null(source.Failure);
            Assert.Equal(entries, refused);
        }
        else
        {
            Assert.StartsWith(
                "The paths in the archive have more than 134217728 characters together", source.Failure, StringComparison.Ordinal);
            Assert.Contains($"is not read {end}", source.Failure, StringComparison.Ordinal);
        }
    }
}
