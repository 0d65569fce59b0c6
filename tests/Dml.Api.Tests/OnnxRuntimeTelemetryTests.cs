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

    // ONNX Runtime writes its files when it is loaded and looks up its maker's host six seconds later.
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("dml-telemetry-").FullName;
    private readonly string[]? _isolation = Isolation();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_service_and_the_training_program_send_nothing_and_leave_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The traces are looked for in /proc.");
        var runs = await Task.WhenAll(LoadAsItComesAsync(), ServeAsync(), EvaluateAsync());
        var (control, service, training) = (runs[0], runs[1], runs[2]);
        TestContext.Current.TestOutputHelper!.WriteLine($"Without {Variable}: {control}");
        Assert.Empty(service.Files);
        Assert.Empty(training.Files);
        if (_isolation is not null)
        {
            Assert.Equal((0, 0), (service.Attempts, training.Attempts));
        }

        // Without this the assertions above could not fail.
        Assert.SkipWhen(control.Files.Length == 0, "This ONNX Runtime leaves no files, even where nobody forbids it.");
        Assert.SkipWhen(control.Attempts is null or 0, $"Files were looked for; sending could not be watched here: {control}");
    }

    /// <summary>Run in a process of its own by the test above: ONNX Runtime when nobody tells it anything.</summary>
    [Fact(Explicit = true)]
    public void Load_onnx_runtime_as_it_comes()
    {
        // Dml.Embedding is not used here; it would set the variable.
        Assert.Null(Environment.GetEnvironmentVariable(Variable));
        using var session = new InferenceSession(Path.Combine(Repository.Models, "emoji", "embedder.onnx"));
        Assert.Single(session.InputMetadata);
        Thread.Sleep(LongEnough);
    }

    private async Task<Traces> LoadAsItComesAsync()
    {
        var method = $"{typeof(OnnxRuntimeTelemetryTests).FullName}.{nameof(Load_onnx_runtime_as_it_comes)}";
        return (await RunAsync("control", Environment.ProcessPath!, "-explicit", "only", "-method", method)).Traces;
    }

    private async Task<Traces> EvaluateAsync()
    {
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
        var (traces, output) = await RunAsync(
            "training", "dotnet", Path.Combine(NightCatalogue.TrainerFolder, "dml.dll"), "eval", Path.Combine(Repository.Models, "emoji"),
            "--recipe", recipe);
        Assert.Contains("8 pictures of 2 held-out classes", output, StringComparison.Ordinal);
        return traces;
    }

    private async Task<Traces> ServeAsync()
    {
        var (start, home) = Prepare(
            "service", "dotnet", Path.Combine(AppContext.BaseDirectory, "Dml.Api.dll"), "--Urls=http://127.0.0.1:0", "--Demo:Import=false",
            "--Retrain:Cron=", $"--Data:Folder={Path.Combine(_folder, "data")}", $"--Models:Folder={Repository.Models}");
        using var service = Process.Start(start)!;
        try
        {
            service.BeginOutputReadLine();
            service.BeginErrorReadLine();
            var watch = Stopwatch.StartNew();
            while (!(await File.ReadAllTextAsync($"/proc/{service.Id}/maps")).Contains("libonnxruntime.so", StringComparison.Ordinal))
            {
                Assert.False(service.HasExited, "The service ended before it loaded ONNX Runtime.");
                Assert.True(watch.Elapsed < Patience, "The service does not load ONNX Runtime.");
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            await Task.Delay(LongEnough, TestContext.Current.CancellationToken);
            var counters = $"/proc/{service.Id}/net/";
            return Look(home, await File.ReadAllTextAsync(counters + "snmp") + await File.ReadAllTextAsync(counters + "snmp6"));
        }
        finally
        {
            service.Kill();
            await service.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience);
        }
    }

    private (ProcessStartInfo Start, string Home) Prepare(string name, params string[] command)
    {
        var home = Directory.CreateDirectory(Path.Combine(_folder, $"home of {name}")).FullName;
        string[] words = [.. _isolation ?? [], .. command];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(Variable);
        foreach (var variable in new[] { "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME" })
        {
            start.Environment[variable] = Path.Combine(home, variable);
        }

        start.Environment["HOME"] = home;
        return (start, home);
    }

    /// <summary>Runs a command to its end, which must be a good one.</summary>
    private async Task<(Traces Traces, string Output)> RunAsync(string name, params string[] command)
    {
        const string Script = """counters=$1; shift; "$@"; code=$?; cat /proc/net/snmp /proc/net/snmp6 >"$counters"; exit $code""";
        var counters = Path.Combine(_folder, $"counters of {name}");
        var (start, home) = Prepare(name, ["sh", "-c", Script, "sh", counters, .. command]);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await output + await errors);
        return (Look(home, await File.ReadAllTextAsync(counters)), await output);
    }

    private Traces Look(string home, string counters) =>
        new(Directory.GetFileSystemEntries(home, "*", SearchOption.AllDirectories), _isolation is null ? null : Attempts(counters));

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
            return process.WaitForExit(Patience) && process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Files in the home folder, and attempts to send, null where they cannot be watched.</summary>
    private sealed record Traces(string[] Files, long? Attempts)
    {
        public override string ToString()
        {
            var sent = Attempts is { } attempts ? $"{attempts} attempts to send" : "no network namespace can be made here";
            return $"{sent}; {string.Join(", ", Files)}";
        }
    }
}
