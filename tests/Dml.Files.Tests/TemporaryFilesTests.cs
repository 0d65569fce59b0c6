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
        const string Left = "left.json.0123456789abcdef0123456789abcdef.tmp";
        const string BeingWritten = "new.json.0123456789abcdef0123456789abcdef.tmp";
        const string LeftFolder = ".fedcba9876543210fedcba9876543210.tmp";
        Make(Left, Start.AddHours(-1));
        Make(BeingWritten, Start.AddHours(1));
        Make("whole.json", Start.AddHours(-1));
        Make("tmp", Start.AddHours(-1));
        Make(Path.Combine("below", Left), Start.AddHours(-1));
        // A name that somebody else gave.
        Make("model.tmp", Start.AddHours(-1));
        Make(Path.Combine(LeftFolder, "file"), Start.AddHours(-1));
        Directory.SetLastWriteTimeUtc(Path.Combine(_folder.Path, LeftFolder), Start.AddHours(-1));

        TemporaryFiles.Remove(Start, Path.Combine(_folder.Path, "missing"), _folder.Path);

        Assert.Equal(
            ["below", "model.tmp", BeingWritten, "tmp", "whole.json"],
            Directory.EnumerateFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(Path.Combine(_folder.Path, "below", Left)));
    }

    [Fact]
    public void Names_are_new_and_those_of_this_process_are_spared_whatever_the_clock_says()
    {
        var path = Path.Combine(_folder.Path, "file");
        string[] names = [TemporaryFiles.NameFor(path), TemporaryFiles.NameFor(path)];
        Assert.NotEqual(names[0], names[1]);
        foreach (var name in names)
        {
            Assert.True(TemporaryFiles.IsOurs(name));
            Make(Path.GetFileName(name), Start.AddHours(-1));
        }

        TemporaryFiles.Remove(Start, _folder.Path);
        Assert.Equal(names, Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
    }

    private void Make(string name, DateTime written)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, name);
        File.SetLastWriteTimeUtc(path, written);
    }
}
