using System.Diagnostics;
using Dml.Training.Torch;
using TorchSharp;

namespace Dml.Training.Tests.Torch;

public sealed class TorchLibrariesTests : IDisposable
{
    private static readonly string[] Beginnings = ["libtorch", "libc10", "libgomp"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_the_packages_libtorch_is_loaded()
    {
        NativeFiles.RequireLinuxX64();
        TorchLibraries.Check();
        using var product = torch.rand(2, 2).mm(torch.rand(2, 2));
        var loaded = File.ReadLines("/proc/self/maps")
            .Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Where(words => words.Length == 6 && words[5].StartsWith('/'))
            .Select(words => words[5])
            .Where(path => Beginnings.Any(Path.GetFileName(path).StartsWith))
            .ToHashSet();
        Assert.Contains(loaded, path => Path.GetFileName(path) == "libtorch_cpu.so");
        Assert.All(loaded, path => Assert.Contains(Path.GetDirectoryName(path), NativeFiles.PackageFolders));
        Assert.StartsWith("2.10.", torch.__version__, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_libraries_of_these_names_do_not_get_in_the_way()
    {
        NativeFiles.RequireLinuxX64();
        foreach (var name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so", "libLibTorchSharp.so" })
        {
            await File.WriteAllTextAsync(_folder.File(name), "not a library", TestContext.Current.CancellationToken);
        }

        var method = $"{typeof(TorchLibrariesTests).FullName}.{nameof(Only_the_packages_libtorch_is_loaded)}";
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-method", method])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The folder with the false ones, then those of the system.
        start.Environment["LD_LIBRARY_PATH"] = $"{_folder.Path}:/usr/lib/x86_64-linux-gnu:/usr/lib64:/usr/local/lib";
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0, await output + await errors);
        Assert.Contains("Total: 1,", await output, StringComparison.Ordinal);
    }

    [Fact]
    public void No_output_folder_holds_libtorch()
    {
        var outputs = new[] { "src", "tests" }.SelectMany(half => Directory.GetDirectories(Path.Combine(Repository.Folder, half)))
            .Select(project => Path.Combine(project, "bin"))
            .Where(Directory.Exists)
            .ToList();
        Assert.NotEmpty(outputs);
        // What `dotnet publish` makes there is meant to hold it.
        var found = outputs.SelectMany(output => Directory.EnumerateFiles(output, "*torch_cpu*", SearchOption.AllDirectories))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Contains("publish"));
        Assert.Empty(found);
    }
}
