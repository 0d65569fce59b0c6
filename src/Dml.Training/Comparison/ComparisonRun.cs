using System.Collections.Concurrent;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Runs;

namespace Dml.Training.Comparison;

/// <summary>Trains what is left of a grid, several cells at a time. Called again after it was killed, it continues.</summary>
internal static class ComparisonRun
{
    /// <param name="grid">What to train.</param>
    /// <param name="root">Where relative paths of recipes start.</param>
    /// <param name="parallel">Cells at a time, each in a process of its own.</param>
    /// <param name="display">Shows every cell.</param>
    /// <param name="cancel">Ends the processes; their last checkpoints are kept.</param>
    /// <returns>Cells that failed, with the last line of their output.</returns>
    public static async Task<IReadOnlyDictionary<ComparisonCell, string>> ExecuteAsync(
        ComparisonGrid grid, string root, int parallel, IDisplay display, CancellationToken cancel)
    {
        grid.WriteRecipes();
        var failed = new ConcurrentDictionary<ComparisonCell, string>();
        var left = grid.Cells.Where(cell => !cell.IsDone).ToArray();
        var done = grid.Cells.Count - left.Length;
        display.Begin("compare", grid.Cells.Count);
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancel };
        await Parallel.ForEachAsync(left, options, async (cell, stop) =>
        {
            if (await TrainAsync(grid, root, cell, stop).ConfigureAwait(false) is { } complaint)
            {
                failed[cell] = complaint;
                display.Say($"{cell.Method.Name}, seed {cell.Seed}: {complaint} ({cell.LogPath})");
            }

            display.Advance(Interlocked.Increment(ref done), $"{cell.Method.Name}, seed {cell.Seed}");
        }).ConfigureAwait(false);
        return failed;
    }

    // Null on success.
    private static async Task<string?> TrainAsync(ComparisonGrid grid, string root, ComparisonCell cell, CancellationToken cancel)
    {
        var recipe = grid.Recipes[cell];
        string[] resume = File.Exists(Path.Combine(cell.RunFolder, "recipe.json")) ? ["--resume"] : [];
        string[] command = cell.Method.Train
            ? ["train", cell.RecipePath, "--run", cell.RunFolder, "--guarded", .. resume]
            : ["eval", "--recipe", cell.RecipePath, "--pretrained", Frozen(recipe), "--queries", cell.ResultPath];
        var code = await ChildProgram.RunAsync(command, root, cell.LogPath, cancel).ConfigureAwait(false);
        if (code != 0)
        {
            return File.ReadLines(cell.LogPath).LastOrDefault(line => line.Length > 0) ?? $"exit code {code}";
        }

        if (cell.Method.Train)
        {
            File.Move(RunFolder.Open(cell.RunFolder).QueriesPath, cell.ResultPath, overwrite: true);
        }

        return null;
    }

    private static string Frozen(Recipe recipe)
    {
        var options = recipe.Backbone.Options.Select(option => $"{option.Key}={option.Value?.ToJsonString()}");
        return $"{string.Join(',', [recipe.Backbone.Name, .. options])}:{recipe.Pretrained}";
    }
}
