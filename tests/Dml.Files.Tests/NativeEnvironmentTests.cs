using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dml.Files.Tests;

public partial class NativeEnvironmentTests
{
    [Fact]
    public void A_variable_is_seen_by_this_process_its_libraries_and_its_children()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "calls getenv of the C library");
        var name = Name();
        Environment.SetEnvironmentVariable(name, "managed only");
        Assert.Null(Marshal.PtrToStringUTF8(GetEnvironment(name)));

        NativeEnvironment.Set(name, "für alle", overwrite: true);
        Assert.Equal("für alle", Environment.GetEnvironmentVariable(name));
        Assert.Equal("für alle", Marshal.PtrToStringUTF8(GetEnvironment(name)));
        using var child = Process.Start(new ProcessStartInfo("printenv", [name]) { RedirectStandardOutput = true })!;
        Assert.Equal("für alle", child.StandardOutput.ReadToEnd().Trim());
    }

    [Fact]
    public void What_the_user_has_set_is_replaced_only_when_asked()
    {
        var name = Name();
        NativeEnvironment.Set(name, "first", overwrite: false);
        NativeEnvironment.Set(name, "second", overwrite: false);
        Assert.Equal("first", Environment.GetEnvironmentVariable(name));
        NativeEnvironment.Set(name, "third", overwrite: true);
        Assert.Equal("third", Environment.GetEnvironmentVariable(name));
    }

    private static string Name() => $"DML_TEST_{Guid.NewGuid():N}";

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint GetEnvironment(string name);
}
