using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Jobs;
using Microsoft.Extensions.Options;

namespace Dml.Api.Retrains;

/// <summary>
/// Runs <c>dml nightly</c> as a process of its own, so that libtorch never enters this one: fewer threads, and niceness, so that searches
/// keep their latency. It never outlives this process: it is killed when the work is cancelled, and ends itself when its standard input
/// closes, which it does however this process dies.
/// </summary>
internal sealed class TrainingProcess(TrainingProgram program, IOptions<RetrainOptions> options, ILogger<TrainingProcess> log)
{
    private const int ErrorLines = 20;

    // A stop that reaches the whole process tree reaches the training process a moment before this one.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    /// <param name="snapshot">Folder of the snapshot.</param>
    /// <param name="results">Folder of the results; with what an earlier process left there it goes on.</param>
    /// <param name="report">Told of stage, steps done, steps there are, and further words.</param>
    /// <param name="cancel">Kills the process.</param>
    /// <exception cref="JobFailedException">It is not there, or failed; then the message is its own.</exception>
    public async Task RunAsync(string snapshot, string results, Action<string, long, long, string> report, CancellationToken cancel)
    {
        using var process = new Process { StartInfo = Start(snapshot, results) };
        var errors = new Queue<string>();
        process.ErrorDataReceived += (_, line) => Keep(errors, line.Data);
        process.Start();
        process.BeginErrorReadLine();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancel) is { } line)
            {
                Read(line, report);
            }

            await process.WaitForExitAsync(cancel);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        if (process.ExitCode != 0)
        {
            await Task.Delay(StopPatience, cancel);
            throw new JobFailedException($"The training process ended with code {process.ExitCode}: {Text(errors)}");
        }
    }

    private ProcessStartInfo Start(string snapshot, string results)
    {
        var start = new ProcessStartInfo(DotnetHost())
        {
            // Held open as long as this process lives; nothing is ever written.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = options.Value.Root,
            ArgumentList =
            {
                program.Find() ?? throw new JobFailedException(program.Missing), "nightly", "--snapshot", snapshot, "--out", results,
                "--threads", $"{options.Value.Threads}", "--nice", $"{options.Value.Nice}", "--json", "--guarded",
            },
        };
        // Decoding and measuring take as many threads as there seem to be cores.
        start.Environment["DOTNET_PROCESSOR_COUNT"] = $"{options.Value.Threads}";
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        return start;
    }

    private static string DotnetHost()
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        return File.Exists(host) ? host : "dotnet";
    }

    private void Read(string line, Action<string, long, long, string> report)
    {
        try
        {
            var json = JsonNode.Parse(line)!;
            if ((string?)json["say"] is { } said)
            {
                log.LogInformation("Training: {Line}", said);
            }
            else
            {
                report((string)json["stage"]!, (long)json["done"]!, (long)json["total"]!, (string)json["text"]!);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentNullException)
        {
            // Something a native library wrote.
            log.LogInformation("Training: {Line}", line);
        }
    }

    private static void Keep(Queue<string> errors, string? line)
    {
        lock (errors)
        {
            if (line is not null)
            {
                errors.Enqueue(line);
            }

            if (errors.Count > ErrorLines)
            {
                errors.Dequeue();
            }
        }
    }

    private static string Text(Queue<string> errors)
    {
        lock (errors)
        {
            return errors.Count == 0 ? "it said nothing; was it killed, or out of memory?" : string.Join('\n', errors);
        }
    }
}
