using System.Diagnostics;
using Dml.Api.Jobs;
using Dml.Files;
using Microsoft.Extensions.Options;

namespace Dml.Api.Retrains;

/// <summary>
/// Runs <c>dml nightly</c> in a process of its own, which keeps libtorch out of this one, with fewer threads and a lower
/// priority, so that searches keep their latency. It never outlives this process: it is killed on cancellation and exits when
/// its standard input closes, which happens however this process ends.
/// </summary>
internal sealed class TrainingProcess(TrainingProgram program, IOptions<RetrainOptions> options, ILogger<TrainingProcess> log)
{
    private const int ErrorLines = 20;

    // A signal to the whole process tree reaches the training process a moment before this one.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    /// <param name="snapshot">Folder of the snapshot.</param>
    /// <param name="results">Folder of the results; it continues what an earlier process left there.</param>
    /// <param name="report">Receives stage, completed steps, total steps and further text.</param>
    /// <param name="cancel">Kills the process.</param>
    /// <exception cref="JobFailedException">The program is not installed, or it failed; then the message is its own.</exception>
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
            throw new JobFailedException($"The training process exited with code {process.ExitCode}: {Text(errors)}");
        }
    }

    private ProcessStartInfo Start(string snapshot, string results)
    {
        var start = new ProcessStartInfo(DotnetHost.Path)
        {
            // Kept open as long as this process lives; nothing is written.
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
        // Decoding and measuring use as many threads as there appear to be cores.
        start.Environment["DOTNET_PROCESSOR_COUNT"] = $"{options.Value.Threads}";
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        return start;
    }

    private void Read(string line, Action<string, long, long, string> report)
    {
        if (TrainingLine.TryParse(line, out var stage))
        {
            report(stage.Stage, stage.Done, stage.Total, stage.Text);
        }
        else
        {
            // A line of the program, or one that a native library wrote.
            log.LogInformation("Training: {Line}", TrainingLine.Said(line) ?? line);
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
            return errors.Count == 0 ? "no output; it may have been killed or run out of memory." : string.Join('\n', errors);
        }
    }
}
