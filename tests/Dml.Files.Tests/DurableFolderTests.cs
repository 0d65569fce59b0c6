using System.Collections.Concurrent;
using Dml.Embedding.Tests;

namespace Dml.Files.Tests;

public sealed class DurableFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DurableFolderTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not flush folders");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_folder_that_got_a_new_one_is_flushed_and_no_other()
    {
        var flushed = new ConcurrentQueue<string>();
        FolderFlush.Flushed = path =>
        {
            if (path.StartsWith(_folder.Path, StringComparison.Ordinal))
            {
                flushed.Enqueue(path);
            }
        };
        try
        {
            var deep = Path.Combine(_folder.Path, "a", "b", "c");
            DurableFolder.Create(deep, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Assert.True(Directory.Exists(deep));
            Assert.Equal([_folder.Path, Path.Combine(_folder.Path, "a"), Path.Combine(_folder.Path, "a", "b")], flushed);
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(deep));
            flushed.Clear();
            DurableFolder.Create(deep);
            Assert.Empty(flushed);

            AtomicFile.Write(Path.Combine(deep, "d", "file"), "1"u8);
            Assert.Equal([deep, Path.Combine(deep, "d")], flushed);
        }
        finally
        {
            FolderFlush.Flushed = null;
        }
    }
}
