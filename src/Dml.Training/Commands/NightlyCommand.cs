using System.CommandLine;
using Dml.Files;
using Dml.Training.Progress;
using Dml.Training.Runs.Nightly;
using Dml.Training.Torch;

namespace Dml.Training.Commands;

/// <summary><c>dml nightly</c>.</summary>
internal static class NightlyCommand
{
    private sealed record Options(string Snapshot, string Target, int Threads)
    {
        public int Nice { get; init; }

        public bool Json { get; init; }

        public bool Guarded { get; init; }
    }

    public static Command Create(TextWriter output)
    {
        var snapshot = new Option<string>("--snapshot")
        {
            Description = "Folder of the snapshot: data/retrains/<id>/snapshot of a service.",
            Required = true,
        };
        var target = new Option<string>("--out")
        {
            Description = "Folder of the results. Started again with the same folder, the work continues.",
            Required = true,
        };
        var threads = new Option<int>("--threads")
        {
            Description = "Threads to train with.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var nice = new Option<int>("--nice") { Description = "Lowers the priority of the process: 0 (not at all) to 19." };
        var json = new Option<bool>("--json") { Description = "Print progress as one JSON object a line." };
        var guarded = new Option<bool>("--guarded")
        {
            Description = "Exit when standard input closes: the service that started this is gone.",
        };
        var command = new Command(
            "nightly",
            "Continue the training of the active embedder on a snapshot of a service's catalogue, export the result, and measure both. "
            + "The service runs this every night.")
        {
            snapshot,
            target,
            threads,
            nice,
            json,
            guarded,
        };
        command.SetWork((line, cancel) =>
        {
            var options = new Options(line.GetRequiredValue(snapshot), line.GetRequiredValue(target), line.GetValue(threads))
            {
                Nice = line.GetValue(nice),
                Json = line.GetValue(json),
                Guarded = line.GetValue(guarded),
            };
            return Work(options, output, cancel);
        });
        return command;
    }

    private static int Work(Options options, TextWriter output, CancellationToken cancel)
    {
        ProcessPriority.Lower(Math.Clamp(options.Nice, 0, 19));
        if (options.Guarded)
        {
            ParentGuard.Begin();
            ProcessPriority.EndFirst();
        }

        TorchLibraries.Check();
        if (options.Json)
        {
            Run(new JsonLinesDisplay(output, TimeProvider.System));
        }
        else
        {
            Displays.Run(output, Run);
        }

        return ExitCodes.Success;

        void Run(IDisplay display) =>
            NightlyRun.Execute(NightlySnapshot.Open(options.Snapshot), options.Target, Math.Max(1, options.Threads), display, cancel);
    }
}
