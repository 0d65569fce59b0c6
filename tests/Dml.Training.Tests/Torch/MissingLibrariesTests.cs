using System.Reflection;
using Dml.Training.Commands;
using Dml.Training.Tests.Commands;
using Dml.Training.Torch;

namespace Dml.Training.Tests.Torch;

public class MissingLibrariesTests
{
    [Fact]
    public void A_missing_library_is_named_with_what_to_do()
    {
        using var folder = new TemporaryFolder();

        var missing = Assert.Throws<DllNotFoundException>(() => TorchLibraries.Find("torch_cpu", [folder.Path]));

        Assert.Contains("torch_cpu", missing.Message, StringComparison.Ordinal);
        Assert.Contains("dotnet publish src/Dml.Training -r linux-x64", missing.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', missing.Message);
    }

    [Fact]
    public void The_first_folder_that_has_a_library_wins()
    {
        using var folder = new TemporaryFolder();
        var name = Path.GetFileName(TorchLibraries.Find("torch_cpu"));
        File.WriteAllText(folder.File(name), "");

        Assert.Equal(folder.File(name), TorchLibraries.Find("torch_cpu", [folder.File("nowhere"), folder.Path, AppContext.BaseDirectory]));
    }

    [Fact]
    public async Task Without_libtorch_the_verbs_that_train_say_so_and_the_others_work()
    {
        using var folder = new TemporaryFolder();
        TinyPictures.WriteFolders(folder.File("pictures"), classes: 4, each: 2, side: 20);
        File.WriteAllText(folder.File("tiny.json"), """{ "dataset": { "name": "folders", "folder": "pictures" } }""");
        // Hides the folders that hold libtorch, in a mount namespace of its own.
        var recorded = typeof(TorchLibraries).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(line => line.Key == "TorchLibraries").Value!;
        var hide = string.Join(" && ", recorded.Split(';').Select(hidden => $"mount -t tmpfs none '{hidden}'"));
        async Task<(int Code, string Output, string Errors)> RunAsync(string arguments)
        {
            using var process = TrainProcess.Shell(
                folder.Path, "unshare", "-rm", "sh", "-c", $"{{ {hide}; }} || exit 99; $DML {arguments}");
            return await process.EndAsync(TestContext.Current.CancellationToken);
        }

        var (code, list, errors) = await RunAsync("list losses");
        if (code is 99 or 1 && (code == 99 || errors.Contains("unshare", StringComparison.Ordinal)))
        {
            Assert.Skip($"Mounting is not allowed on this machine: {errors}");
        }

        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("proxy-anchor", list, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("--help")).Code);
        Assert.Equal(0, (await RunAsync("--version")).Code);
        string[] verbs = ["train tiny.json", "export runs/tiny --out model", "compare tiny.json", "nightly --snapshot a --out b"];
        foreach (var verb in verbs)
        {
            (code, _, errors) = await RunAsync(verb);
            Assert.Equal(ExitCodes.Failure, code);
            Assert.StartsWith("libc10.so is neither beside this program nor in the package cache.", errors, StringComparison.Ordinal);
            Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        // The bare pixels need no network.
        (code, list, errors) = await RunAsync("eval --pixels 8 --recipe tiny.json");
        Assert.True(code == 0, errors);
        Assert.Contains("R@1", list, StringComparison.Ordinal);
    }
}
