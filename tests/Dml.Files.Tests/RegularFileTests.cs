using System.Diagnostics;
using System.Net.Sockets;

namespace Dml.Files.Tests;

public sealed class RegularFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dml-regular-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_regular_file_is_read()
    {
        var path = Path.Combine(_folder, "caf\u00e9.bin");
        File.WriteAllBytes(path, [1, 2, 3]);
        using var file = RegularFile.OpenRead(path);
        Assert.Equal(3, file.Length);
        var bytes = new byte[4];
        Assert.Equal(3, file.Read(bytes));
        Assert.Equal([1, 2, 3, 0], bytes);
    }

    [Theory]
    [InlineData("pipe", "It is a named pipe; only regular files are read.")]
    [InlineData("socket", "It is a socket; only regular files are read.")]
    [InlineData("device", "It is a device; only regular files are read.")]
    [InlineData("link", "It is a symbolic link; only regular files are read.")]
    [InlineData("folder", "It is a folder; only regular files are read.")]
    public void What_is_no_regular_file_is_named_without_waiting_for_it(string kind, string message)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has none of these.");
        var path = kind == "device" ? "/dev/zero" : Path.Combine(_folder, kind);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        switch (kind)
        {
            case "pipe":
                using (var made = Process.Start("mkfifo", path))
                {
                    Assert.True(made.WaitForExit(TimeSpan.FromMinutes(1)), "mkfifo does not end");
                }

                break;
            case "socket":
                socket.Bind(new UnixDomainSocketEndPoint(path));
                break;
            case "link":
                File.CreateSymbolicLink(path, "/etc/hosts");
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            default:
                break;
        }

        Assert.Equal(message, Assert.Throws<NotRegularFileException>(() => RegularFile.OpenRead(path)).Message);
    }

    [Fact]
    public void An_absent_file_is_named() =>
        Assert.Throws<FileNotFoundException>(() => RegularFile.OpenRead(Path.Combine(_folder, "absent")));
}
