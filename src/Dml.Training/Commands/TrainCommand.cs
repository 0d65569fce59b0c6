using System.CommandLine;
using Dml.Files;
using Dml.Training.Catalogues;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Runs;
using Dml.Training.Torch;

namespace Dml.Training.Commands;

/// <summary><c>dml train</c>.</summary>
internal static class TrainCommand
{
    private sealed record Options
    {
        public string? Recipe { get; init; }

        public string? Run { get; init; }

        public bool Resume { get; init; }

        public string[] Settings { get; init; } = [];

        public bool Guarded { get; init; }
    }

    public static Command Create(Workplace workplace)
    {
        var recipe = new Argument<FileInfo?>("recipe")
        {
            Description = "The recipe (JSON). Not needed with --resume.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var run = new Option<string?>("--run") { Description = "Folder of the run; runs/<name of the recipe> when left out." };
        var resume = new Option<bool>("--resume") { Description = "Continue from the last checkpoint." };
        var set = new Option<string[]>("--set")
        {
            Description = "Change the recipe: training.epochs=10, augmentation.0.area=[0.5,1].",
            AllowMultipleArgumentsPerToken = true,
        };
        var device = new Option<string?>("--device") { Description = "cpu or cuda; short for --set training.device=…." };
        device.AcceptOnlyFromAmong("cpu", "cuda");
        var guarded = new Option<bool>("--guarded")
        {
            Description = "Exit when standard input closes: the program that started this is gone.",
        };
        var command = new Command("train", "Train an embedder as a recipe says.") { recipe, run, resume, set, device, guarded };
        command.SetWork((line, cancel) =>
        {
            var options = new Options
            {
                Recipe = line.GetValue(recipe)?.FullName,
                Run = line.GetValue(run),
                Resume = line.GetValue(resume),
                Settings =
                [
                    .. line.GetValue(set) ?? [],
                    .. line.GetValue(device) is { } chosen ? (string[])[$"training.device={chosen}"] : [],
                ],
                Guarded = line.GetValue(guarded),
            };
            return Train(options, workplace, cancel);
        });
        return command;
    }

    private static int Train(Options options, Workplace workplace, CancellationToken cancel)
    {
        if (options.Guarded)
        {
            ParentGuard.Begin();
        }

        TorchLibraries.Check();
        var folder = options.Run ?? (options.Recipe is null
            ? throw new RecipeException("train: expected a recipe, or --resume with --run <folder>.")
            : Path.Combine("runs", Path.GetFileNameWithoutExtension(options.Recipe)));
        if (options.Recipe is null && !options.Resume)
        {
            throw new RecipeException("train: expected a recipe; only --resume goes without one.");
        }

        var recipe = RecipeFile.Load(options.Recipe ?? RunFolder.Open(folder).RecipePath, options.Settings).Resolve();
        var run = options.Resume ? RunFolder.Resume(folder, recipe) : RunFolder.Begin(folder, recipe);
        try
        {
            Displays.Run(workplace.Output, display => TrainingRun.Execute(recipe, run, workplace, display, cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            workplace.Output.WriteLine($"Stopped. What it has learned is kept; continue with: dml train --resume --run {folder}");
            return ExitCodes.Cancelled;
        }

        var choice = EpochChoice.Of(recipe.Training, run.ReadMetrics());
        workplace.Output.WriteLine($"Done. {choice} Report: {run.ReportPath}. Export: dml export {folder} --out models/<name>");
        return ExitCodes.Success;
    }
}
