using Dml.Api.Tests.Support;
using Dml.Tests.Shared;

namespace Dml.Api.Tests.Reliability;

/// <summary>
/// A data folder that cannot be written ends the start, and every command that needs it, with the true cause in one sentence.
/// </summary>
public sealed class ReadOnlyDiskTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private SmallDisk? _disk;

    public void Dispose()
    {
        _disk?.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_is_not_taken_for_one_that_is_in_use()
    {
        _disk = SmallDisk.TryMount(_folder.Data, megabytes: 40, out var reason);
        Assert.SkipWhen(_disk is null, $"No small file system can be mounted here: {reason}");
        await using (await TestService.StartAsync(_folder))
        {
        }

        _disk.MakeReadOnly();
        await ExpectAsync([]);
        await ExpectAsync(["backup", "--to", Path.Combine(_folder.Models, "backup.tar")]);
        var (code, log) = await ChildService.RunAsync(["keys", "create", "--name", "ci", "--role", "write", .. _folder.Arguments()]);
        Assert.Equal(1, code);
        Assert.DoesNotContain("Another program", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_place_of_the_folder_is_told_so()
    {
        await File.WriteAllTextAsync(_folder.Data, "a file", TestContext.Current.CancellationToken);
        await ExpectAsync([]);
    }

    private async Task ExpectAsync(string[] command)
    {
        var (code, log) = await ChildService.RunAsync([.. command, .. _folder.Arguments()]);
        Assert.Equal(1, code);
        Assert.Contains($"The data folder {_folder.Data} cannot be read and written by this process: ", log, StringComparison.Ordinal);
        Assert.DoesNotContain("in use", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }
}
