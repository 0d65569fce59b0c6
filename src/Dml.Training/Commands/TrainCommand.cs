using System.CommandLine;
using Dml.Training.Catalogues;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Runs;

namespace Dml.Training.Commands;

/// <summary><c>dml train</c>.</summary>
internal static class TrainCommand
{
    public static Command Create(Workplace workplace)
    {
        var recipe = new Argument<FileInfo?>("recipe") { Description = "The recipe (JSON). Not needed with --resume.", Arity = ArgumentArity.ZeroOrOne };
        var run = new Option<string?>("--run") { Description = "Folder of the run; runs/<name of the recipe> when left out." };
        var resume = new Option<bool>("--resume") { Description = "Go on from the last checkpoint." };
        var set = new Option<string[]>("--set") { Description = "Change the recipe: training.epochs=10, augmentation.0.area=[0.5,1].", AllowMultipleArgumentsPerToken = true };
        var device = new Option<string?>("--device") { Description = "cpu or cuda; short for --set training.device=…." };
        device.AcceptOnlyFromAmong("cpu", "cuda");
        var guarded = new Option<bool>("--guarded") { Description = "End when standard input does: whoever started this is gone." };
        var command = new Command("train", "Train an embedder as a recipe says.") { recipe, run, resume, set, device, guarded };
        command.SetAction((parsed, cancel) =>
        {
            if (parsed.GetValue(guarded))
            {
                ParentGuard.Begin();
            }

            List<string> settings = [.. parsed.GetValue(set) ?? []];
            if (parsed.GetValue(device) is { } chosen)
            {
                settings.Add($"training.device={chosen}");
            }

            return Task.Run(() => Train(parsed.GetValue(recipe)?.FullName, parsed.GetValue(run), parsed.GetValue(resume), settings, workplace, cancel), CancellationToken.None);
        });
        return command;
    }

    private static int Train(string? recipePath, string? folder, bool resume, List<string> settings, Workplace workplace, CancellationToken cancel)
    {
        folder ??= recipePath is null
            ? throw new RecipeException("train: expected a recipe, or --resume with --run <folder>.")
            : Path.Combine("runs", Path.GetFileNameWithoutExtension(recipePath));
        if (recipePath is null && !resume)
        {
            throw new RecipeException("train: expected a recipe; only --resume goes without one.");
        }

        var recipe = RecipeFile.Load(recipePath ?? RunFolder.Open(folder).RecipePath, settings).Resolve();
        var run = resume ? RunFolder.Resume(folder, recipe) : RunFolder.Begin(folder, recipe);
        try
        {
            Displays.Run(workplace.Output, display => TrainingRun.Execute(recipe, run, workplace, display, cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            workplace.Output.WriteLine($"Stopped. What it has learned is kept; go on with: dml train --resume --run {folder}");
            return ExitCodes.Cancelled;
        }

        workplace.Output.WriteLine($"Done. Report: {run.ReportPath}. Export: dml export {folder} --out models/<name>");
        return ExitCodes.Success;
    }
}
