using System.CommandLine;
using Dml.Training.Catalogues;
using Dml.Training.Comparison;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Runs;
using Dml.Training.Torch;

namespace Dml.Training.Commands;

/// <summary><c>dml compare</c>.</summary>
internal static class CompareCommand
{
    private sealed record Options(string Comparison)
    {
        public string? Output { get; init; }

        public int? Parallel { get; init; }

        public string[] Settings { get; init; } = [];
    }

    public static Command Create(Workplace workplace)
    {
        var comparison = new Argument<FileInfo>("comparison") { Description = "Methods, seeds and the recipe they share (JSON)." };
        var output = new Option<string?>("--out")
        {
            Description = "Folder of the trainings and the leaderboard; runs/<name of the comparison> when left out.",
        };
        var parallel = new Option<int?>("--parallel") { Description = "Trainings at a time; as many as fit the cores when left out." };
        var set = new Option<string[]>("--set")
        {
            Description = "Change the recipe that all rows share: dataset.folder=/pictures, training.epochs=10.",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command(
            "compare",
            "Train a grid of methods and seeds and rank the methods. Run again, it continues where it was stopped.")
        {
            comparison,
            output,
            parallel,
            set,
        };
        command.SetWork((line, cancel) =>
        {
            var options = new Options(line.GetRequiredValue(comparison).FullName)
            {
                Output = line.GetValue(output),
                Parallel = line.GetValue(parallel),
                Settings = line.GetValue(set) ?? [],
            };
            return Compare(options, workplace, cancel);
        });
        return command;
    }

    private static int Compare(Options options, Workplace workplace, CancellationToken cancel)
    {
        TorchLibraries.Check();
        if (options.Parallel < 1)
        {
            throw new RecipeException($"compare: --parallel must be at least 1; got {options.Parallel}.");
        }

        var folder = Path.GetFullPath(
            options.Output ?? Path.Combine(workplace.Root, "runs", Path.GetFileNameWithoutExtension(options.Comparison)));
        var grid = new ComparisonGrid(ComparisonFile.Load(options.Comparison), options.Settings, folder);
        var threads = grid.Recipes.Values.Max(r => r.Training.Threads > 0 ? r.Training.Threads : Environment.ProcessorCount);
        var parallel = options.Parallel ?? Math.Max(1, Environment.ProcessorCount / threads);
        IReadOnlyDictionary<ComparisonCell, string> failed = new Dictionary<ComparisonCell, string>();
        try
        {
            Displays.Run(
                workplace.Output,
                display => failed = ComparisonRun.ExecuteAsync(grid, workplace.Root, parallel, display, cancel).GetAwaiter().GetResult());
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            workplace.Output.WriteLine(
                $"Stopped. What is done is kept; continue with: dml compare {options.Comparison} --out {folder}");
            return ExitCodes.Cancelled;
        }

        var board = Leaderboard.Of(grid);
        var table = LeaderboardTable.ToMarkdown(board);
        RunFolder.WriteText(Path.Combine(folder, "leaderboard.md"), table);
        var report = Path.Combine(folder, "report.html");
        var data = new RecipeData(grid.Recipes.Values.First(), workplace.Root, workplace.Cache);
        RunFolder.WriteText(report, ComparisonReport.Write(grid, board, data, cancel));
        workplace.Output.WriteLine(table);
        workplace.Output.WriteLine($"Report: {report}");
        return failed.Count == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }
}
