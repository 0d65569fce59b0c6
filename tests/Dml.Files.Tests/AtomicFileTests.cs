using Dml.Embedding.Tests;

namespace Dml.Files.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Target => Path.Combine(_folder.Path, "below", "file");

    [Fact]
    public void A_file_is_written_or_replaced_and_nothing_else_is_left()
    {
        AtomicFile.Write(Target, "first"u8);
        Assert.Equal("first", File.ReadAllText(Target));
        AtomicFile.Write(Target, stream => stream.Write("second"u8));
        Assert.Equal("second", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file()
    {
        AtomicFile.Write(Target, "old"u8);
        Assert.Throws<IOException>(() => AtomicFile.Write(Target, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("disk full");
        }));
        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public void A_rename_that_fails_leaves_no_temporary_file()
    {
        Directory.CreateDirectory(Path.Combine(Target, "a folder where the file should be"));
        Assert.ThrowsAny<Exception>(() => AtomicFile.Write(Target, "bytes"u8));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Target)!));
    }
}
