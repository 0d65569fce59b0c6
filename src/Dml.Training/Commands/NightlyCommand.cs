using System.CommandLine;
using Dml.Files;
using Dml.Training.Progress;
using Dml.Training.Runs.Nightly;

namespace Dml.Training.Commands;

/// <summary><c>dml nightly</c>.</summary>
internal static class NightlyCommand
{
    public static Command Create(TextWriter output)
    {
        var snapshot = new Option<string>("--snapshot") { Description = "Folder of the snapshot: data/retrains/<id>/snapshot of a service.", Required = true };
        var target = new Option<string>("--out") { Description = "Folder of the results. Begun again with the same one, the work goes on.", Required = true };
        var threads = new Option<int>("--threads") { Description = "Threads to train with.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var nice = new Option<int>("--nice") { Description = "How far to stand back behind other programs, 0 to 19." };
        var json = new Option<bool>("--json") { Description = "Progress for programs: a JSON object a line." };
        var guarded = new Option<bool>("--guarded") { Description = "End when standard input does: the service that started this is gone." };
        var command = new Command("nightly", "Train on from the active embedder on a snapshot of a service's catalogue, export, and measure both: what the service starts every night.") { snapshot, target, threads, nice, json, guarded };
        command.SetAction((parsed, cancel) => Task.Run(
            () =>
            {
                ProcessPriority.Lower(Math.Clamp(parsed.GetValue(nice), 0, 19));
                if (parsed.GetValue(guarded))
                {
                    ParentGuard.Begin();
                }

                void Run(IDisplay display) => NightlyRun.Execute(NightlySnapshot.Open(parsed.GetValue(snapshot)!), parsed.GetValue(target)!, Math.Max(1, parsed.GetValue(threads)), display, cancel);
                if (parsed.GetValue(json))
                {
                    Run(new JsonLinesDisplay(output, TimeProvider.System));
                }
                else
                {
                    Displays.Run(output, Run);
                }

                return ExitCodes.Success;
            },
            CancellationToken.None));
        return command;
    }
}
