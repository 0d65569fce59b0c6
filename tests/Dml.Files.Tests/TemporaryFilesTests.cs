using Dml.Embedding.Tests;

namespace Dml.Files.Tests;

public sealed class TemporaryFilesTests : IDisposable
{
    private static readonly DateTime Start = new(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_what_an_earlier_process_left_is_removed()
    {
        Make("left.tmp", Start.AddHours(-1));
        Make("being-written.tmp", Start.AddHours(1));
        Make("whole.json", Start.AddHours(-1));
        Make("tmp", Start.AddHours(-1));
        Make(Path.Combine("below", "left.tmp"), Start.AddHours(-1));
        Make(Path.Combine("left-folder.tmp", "file"), Start.AddHours(-1));
        Directory.SetLastWriteTimeUtc(Path.Combine(_folder.Path, "left-folder.tmp"), Start.AddHours(-1));

        TemporaryFiles.Remove(Start, Path.Combine(_folder.Path, "missing"), _folder.Path);

        Assert.Equal(
            ["being-written.tmp", "below", "tmp", "whole.json"],
            Directory.EnumerateFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(Path.Combine(_folder.Path, "below", "left.tmp")));
    }

    [Fact]
    public void Names_are_new_and_found_again()
    {
        var path = Path.Combine(_folder.Path, "file");
        string[] names = [TemporaryFiles.NameFor(path), TemporaryFiles.NameFor(path)];
        Assert.NotEqual(names[0], names[1]);
        foreach (var name in names)
        {
            Make(Path.GetFileName(name), Start.AddHours(-1));
        }

        TemporaryFiles.Remove(Start, _folder.Path);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private void Make(string name, DateTime written)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, name);
        File.SetLastWriteTimeUtc(path, written);
    }
}
