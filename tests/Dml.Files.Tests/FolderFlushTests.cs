using Dml.Embedding.Tests;

namespace Dml.Files.Tests;

public sealed class FolderFlushTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FolderFlushTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "a", "b", "empty"));
        File.WriteAllText(Path.Combine(_folder.Path, "top"), "1");
        File.WriteAllText(Deep, "2");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "a", "dangling"), Path.Combine(_folder.Path, "missing"));
    }

    public void Dispose() => _folder.Dispose();

    private string Deep => Path.Combine(_folder.Path, "a", "b", "deep");

    [Fact]
    public void A_folder_and_a_tree_are_flushed_and_stay_as_they_are()
    {
        FolderFlush.Flush(_folder.Path);
        FolderFlush.FlushTree(_folder.Path);
        FolderFlush.FlushEach(_folder.Path);
        Assert.Equal("2", File.ReadAllText(Deep));
        Assert.Equal(6, Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Count());
    }

    [Fact]
    public void A_file_that_cannot_be_flushed_is_an_error_however_deep_it_is()
    {
        using var held = new FileStream(Deep, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.ThrowsAny<IOException>(() => FolderFlush.FlushEach(_folder.Path));
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not flush folders");
        var missing = Path.Combine(_folder.Path, "missing");
        Assert.Contains(missing, Assert.Throws<IOException>(() => FolderFlush.Flush(missing)).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<IOException>(() => FolderFlush.FlushTree(missing));
        Assert.ThrowsAny<IOException>(() => FolderFlush.FlushEach(missing));
    }
}
