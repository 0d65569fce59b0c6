using Dml.Embedding.Tests;

namespace Dml.Files.Tests;

public sealed class SmallFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => Path.Combine(_folder.Path, "file");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(99_999)]
    [InlineData(100_000)]
    public void A_file_within_the_bound_is_read_whole(int bytes)
    {
        var content = new byte[bytes];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(FilePath, content);
        Assert.Equal(content, SmallFile.ReadBytes(FilePath, 100_000));
    }

    [Fact]
    public void One_beyond_the_bound_is_named_with_the_bound()
    {
        File.WriteAllBytes(FilePath, new byte[100_001]);
        var error = Assert.Throws<IOException>(() => SmallFile.ReadBytes(FilePath, 100_000));
        Assert.Contains($"{FilePath} has more than 100000 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_length_and_without_an_end_is_not_read_for_ever()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "needs /dev/zero");
        Assert.Throws<IOException>(() => SmallFile.ReadBytes("/dev/zero"));
        // And one that has no length but an end is read.
        Assert.NotEmpty(SmallFile.ReadBytes("/proc/self/status"));
    }

    [Fact]
    public void Text_is_read_with_and_without_a_byte_order_mark()
    {
        foreach (var mark in (bool[])[false, true])
        {
            File.WriteAllText(FilePath, "Äpfel", new System.Text.UTF8Encoding(mark));
            Assert.Equal("Äpfel", SmallFile.ReadText(FilePath));
        }
    }

    [Fact]
    public void A_missing_file_is_missing() => Assert.Throws<FileNotFoundException>(() => SmallFile.ReadBytes(FilePath));
}
