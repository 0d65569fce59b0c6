using System.CommandLine;
using Dml.Training.Catalogues;
using Dml.Training.Comparison;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Runs;

namespace Dml.Training.Commands;

/// <summary><c>dml compare</c>.</summary>
internal static class CompareCommand
{
    public static Command Create(Workplace workplace)
    {
        var comparison = new Argument<FileInfo>("comparison") { Description = "Methods, seeds and the recipe they share (JSON)." };
        var output = new Option<string?>("--out") { Description = "Folder of the trainings and the leaderboard; runs/<name of the comparison> when left out." };
        var parallel = new Option<int?>("--parallel") { Description = "Trainings at a time; as many as fit the cores when left out." };
        var set = new Option<string[]>("--set") { Description = "Change the recipe that all rows share: dataset.folder=/pictures, training.epochs=10.", AllowMultipleArgumentsPerToken = true };
        var command = new Command("compare", "Train a grid of methods and seeds and rank the methods. Run again, it goes on where it was stopped.") { comparison, output, parallel, set };
        command.SetAction((parsed, cancel) => Task.Run(() => Compare(parsed.GetValue(comparison)!.FullName, parsed.GetValue(output), parsed.GetValue(parallel), parsed.GetValue(set) ?? [], workplace, cancel), CancellationToken.None));
        return command;
    }

    private static int Compare(string path, string? folder, int? parallel, string[] settings, Workplace workplace, CancellationToken cancel)
    {
        if (parallel < 1)
        {
            throw new RecipeException($"compare: --parallel must be at least 1; got {parallel}.");
        }

        folder = Path.GetFullPath(folder ?? Path.Combine(workplace.Root, "runs", Path.GetFileNameWithoutExtension(path)));
        var grid = new ComparisonGrid(ComparisonFile.Load(path), settings, folder);
        var threads = grid.Recipes.Values.Max(r => r.Training.Threads > 0 ? r.Training.Threads : Environment.ProcessorCount);
        var atOnce = parallel ?? Math.Max(1, Environment.ProcessorCount / threads);
        IReadOnlyDictionary<ComparisonCell, string> failed = new Dictionary<ComparisonCell, string>();
        try
        {
            Displays.Run(workplace.Output, display => failed = ComparisonRun.ExecuteAsync(grid, workplace.Root, atOnce, display, cancel).GetAwaiter().GetResult());
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            workplace.Output.WriteLine($"Stopped. What is done is kept; go on with: dml compare {path} --out {folder}");
            return ExitCodes.Cancelled;
        }

        var board = Leaderboard.Of(grid);
        var table = LeaderboardTable.ToMarkdown(board);
        RunFolder.WriteText(Path.Combine(folder, "leaderboard.md"), table);
        var report = Path.Combine(folder, "report.html");
        RunFolder.WriteText(report, ComparisonReport.Write(grid, board, new RecipeData(grid.Recipes.Values.First(), workplace.Root, workplace.Cache), cancel));
        workplace.Output.WriteLine(table);
        workplace.Output.WriteLine($"Report: {report}");
        return failed.Count == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }
}
