using System.Diagnostics;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;
using Microsoft.ML.OnnxRuntime;

namespace Dml.Api.Tests;

/// <summary>
/// ONNX Runtime for Linux contacts its maker and leaves files in the user's folders unless it is told not to. Both programs run here with
/// an empty home folder, where possible in a network namespace without any network, whose counters show every attempt to send.
/// </summary>
public sealed class OnnxRuntimeTelemetryTests : IDisposable
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    // What ONNX Runtime does, it does within a second of loading.
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("dml-telemetry-").FullName;
    private readonly string[]? _isolation = Isolation();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_service_sends_nothing_and_leaves_nothing()
    {
        await RequireTracesWithoutTheVariableAsync();
        var (start, home) = Prepare(
            "dotnet", Path.Combine(AppContext.BaseDirectory, "Dml.Api.dll"), "--Urls=http://127.0.0.1:0", "--Demo:Import=false",
            "--Retrain:Cron=", $"--Data:Folder={Path.Combine(_folder, "data")}", $"--Models:Folder={Repository.Models}");
        using var service = Process.Start(start)!;
        try
        {
            var watch = Stopwatch.StartNew();
            while (!File.ReadAllText($"/proc/{service.Id}/maps").Contains("libonnxruntime.so", StringComparison.Ordinal))
            {
                Assert.False(service.HasExited, "The service ended before it loaded ONNX Runtime.");
                Assert.True(watch.Elapsed < Patience, "The service does not load ONNX Runtime.");
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            await Task.Delay(LongEnough, TestContext.Current.CancellationToken);
            var counters = File.ReadAllText($"/proc/{service.Id}/net/snmp") + File.ReadAllText($"/proc/{service.Id}/net/snmp6");
            AssertClean(home, counters);
        }
        finally
        {
            service.Kill();
            await service.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task The_training_program_sends_nothing_and_leaves_nothing()
    {
        await RequireTracesWithoutTheVariableAsync();
        for (var i = 0; i < 16; i++)
        {
            var label = Directory.CreateDirectory(Path.Combine(_folder, "pictures", $"class-{i / 4}")).FullName;
            await File.WriteAllBytesAsync(Path.Combine(label, $"{i}.png"), Pictures.Blocks(i), TestContext.Current.CancellationToken);
        }

        var recipe = Path.Combine(_folder, "recipe.json");
        await File.WriteAllTextAsync(
            recipe,
            """
            {
              "dataset": { "name": "folders", "folder": "pictures" },
              "backbone": { "name": "googlenet", "inputSize": 16 }
            }
            """,
            TestContext.Current.CancellationToken);
        var (start, home) = Prepare(
            "dotnet", Path.Combine(NightCatalogue.TrainerFolder, "dml.dll"), "eval", Path.Combine(Repository.Models, "emoji"),
            "--recipe", recipe);
        var (code, counters, output) = await RunAsync(start);
        Assert.True(code == 0, output);
        Assert.Contains("8 pictures of 2 held-out classes", output, StringComparison.Ordinal);
        AssertClean(home, counters);
    }

    /// <summary>Run in a process of its own by the tests above: ONNX Runtime as it is when nobody tells it anything.</summary>
    [Fact(Explicit = true)]
    public void Load_onnx_runtime_as_it_comes()
    {
        // Dml.Embedding is not used here; if it were, it would have set the variable.
        Assert.Null(Environment.GetEnvironmentVariable(Variable));
        using var session = new InferenceSession(Path.Combine(Repository.Models, "emoji", "embedder.onnx"));
        Assert.Single(session.InputMetadata);
        Thread.Sleep(LongEnough);
    }

    /// <summary>Skips the test where it could not fail: where ONNX Runtime by itself leaves no traces that are seen here.</summary>
    private async Task RequireTracesWithoutTheVariableAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The traces are looked for in Linux's ways.");
        var method = $"{typeof(OnnxRuntimeTelemetryTests).FullName}.{nameof(Load_onnx_runtime_as_it_comes)}";
        var (start, home) = Prepare(Environment.ProcessPath!, "-explicit", "only", "-method", method);
        var (code, counters, output) = await RunAsync(start);
        Assert.True(code == 0, output);
        var (files, attempts) = Traces(home, counters);
        var seen = attempts is null ? "sending is not watched here" : $"{attempts} attempts to send";
        TestContext.Current.TestOutputHelper!.WriteLine($"Without {Variable}: {seen}; files: {string.Join(", ", files)}");
        Assert.SkipWhen(files.Length == 0 && attempts is null or 0, "This ONNX Runtime leaves no traces, even when it may.");
        Directory.Delete(home, recursive: true);
    }

    private (ProcessStartInfo Start, string Home) Prepare(params string[] command)
    {
        var home = Directory.CreateDirectory(Path.Combine(_folder, "home")).FullName;
        string[] words = [.. _isolation ?? [], .. command];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(Variable);
        foreach (var name in new[] { "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME" })
        {
            start.Environment[name] = Path.Combine(home, name);
        }

        start.Environment["HOME"] = home;
        return (start, home);
    }

    /// <summary>Runs a command to its end; the counters are those of its network namespace then, or empty.</summary>
    private async Task<(int Code, string Counters, string Output)> RunAsync(ProcessStartInfo start)
    {
        var file = Path.Combine(_folder, "counters");
        if (_isolation is not null)
        {
            const string Script = """counters=$1; shift; "$@"; code=$?; cat /proc/net/snmp /proc/net/snmp6 >"$counters"; exit $code""";
            string[] shell = ["sh", "-c", Script, "sh", file];
            foreach (var (word, place) in shell.Select((word, place) => (word, place)))
            {
                start.ArgumentList.Insert(_isolation.Length - 1 + place, word);
            }
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        return (process.ExitCode, _isolation is null ? "" : await File.ReadAllTextAsync(file), await output + await errors);
    }

    private void AssertClean(string home, string counters)
    {
        var (files, attempts) = Traces(home, counters);
        Assert.Empty(files);
        if (_isolation is null)
        {
            TestContext.Current.TestOutputHelper!.WriteLine("No network namespace can be made here; only files were looked for.");
            return;
        }

        Assert.Equal(0, attempts);
    }

    private (string[] Files, long? Attempts) Traces(string home, string counters) =>
        (Directory.GetFileSystemEntries(home, "*", SearchOption.AllDirectories), _isolation is null ? null : Attempts(counters));

    /// <summary>What was sent or could not be, since there is no way out of the namespace.</summary>
    private static long Attempts(string counters)
    {
        var values = new Dictionary<string, long>();
        string[]? names = null;
        foreach (var words in counters.Split('\n').Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)))
        {
            if (words.Length < 2)
            {
                continue;
            }

            if (!words[0].EndsWith(':'))
            {
                values[words[0]] = long.Parse(words[1]);
            }
            else if (names?[0] != words[0])
            {
                names = words;
            }
            else
            {
                for (var i = 1; i < words.Length; i++)
                {
                    values[names[0] + names[i]] = long.Parse(words[i]);
                }
            }
        }

        string[] sent = ["Ip:OutRequests", "Ip:OutNoRoutes", "Udp:OutDatagrams", "Tcp:ActiveOpens", "Ip6OutNoRoutes", "Udp6OutDatagrams"];
        return sent.Sum(name => values[name]);
    }

    /// <summary>The command before a command that gives it a network namespace of its own, or null where that is not allowed.</summary>
    private static string[]? Isolation()
    {
        string[][] ways = [["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]];
        return OperatingSystem.IsLinux() ? Array.Find(ways, way => Works([.. way, "true"])) : null;
    }

    private static bool Works(string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
