using System.CommandLine;
using Dml.Training.Reporting;

namespace Dml.Training.Commands;

/// <summary><c>dml export</c>.</summary>
internal static class ExportCommand
{
    public static Command Create(Workplace workplace)
    {
        var run = new Argument<string>("run") { Description = "Folder of the run." };
        var target = new Option<string>("--out") { Description = "Folder of the embedder: models/<name>.", Required = true };
        var command = new Command("export", "Write the trained embedder as ONNX, prove that it is the same network, and measure it.") { run, target };
        command.SetAction((parsed, cancel) => Task.Run(() => Export(parsed.GetValue(run)!, parsed.GetValue(target)!, workplace, cancel), CancellationToken.None));
        return command;
    }

    private static int Export(string folder, string target, Workplace workplace, CancellationToken cancel)
    {
        Displays.Run(workplace.Output, display => ExportRun.Execute(RunFolder.Open(folder), target, workplace, display, cancel));
        return ExitCodes.Success;
    }
}
