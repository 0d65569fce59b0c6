using Spectre.Console;

namespace Dml.Training.Progress;

/// <summary>Chooses how a command shows its progress.</summary>
internal static class Displays
{
    /// <summary>Runs the work on this thread, with a moving bar on a terminal and plain lines elsewhere.</summary>
    public static void Run(TextWriter output, Action<IDisplay> work)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi)
        {
            work(new PlainDisplay(output, TimeProvider.System));
            return;
        }

        AnsiConsole.Progress()
            .AutoClear(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context => work(new TerminalDisplay(context)));
    }
}
