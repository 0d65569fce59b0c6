using System.Runtime.Versioning;
using Dml.Embedding.Tests;

namespace Dml.Files.Tests;

public sealed class PrivateFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Only_its_owner_may_enter_a_new_one_and_an_old_one_stays_as_it_is()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var made = Path.Combine(_folder.Path, "parent", "made");
        PrivateFolder.Create(made);
        Assert.Equal(Owner, File.GetUnixFileMode(made));

        var open = Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        File.SetUnixFileMode(made, open);
        PrivateFolder.Create(made);
        Assert.Equal(open, File.GetUnixFileMode(made));
    }
}
