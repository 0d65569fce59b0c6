using System.CommandLine;
using Dml.Training.Catalogues;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Runs;

namespace Dml.Training.Commands;

/// <summary><c>dml export</c>.</summary>
internal static class ExportCommand
{
    public static Command Create(Workplace workplace)
    {
        var run = new Argument<string?>("run") { Description = "Folder of the run; left out with --pretrained.", Arity = ArgumentArity.ZeroOrOne };
        var target = new Option<string>("--out") { Description = "Folder of the embedder: models/<name>.", Required = true };
        var int8 = new Option<bool>("--int8") { Description = "In whole numbers of 8 bits: two to three times faster on processors with VNNI. What that costs is measured and written into model.json." };
        var pretrained = new Option<string?>("--pretrained") { Description = "Instead of a run, a frozen network: backbone[,option=value…]:file.safetensors. Its feature is the embedding." };
        var recipe = new Option<string?>("--recipe") { Description = "With --pretrained: whose held-out classes to measure on, and whose resize rule." };
        var command = new Command("export", "Write an embedder as ONNX, prove that it is the same network, and measure it.") { run, target, int8, pretrained, recipe };
        command.SetAction((parsed, cancel) => Task.Run(() => Export(parsed.GetValue(run), parsed.GetValue(pretrained), parsed.GetValue(recipe), parsed.GetValue(target)!, parsed.GetValue(int8), workplace, cancel), CancellationToken.None));
        return command;
    }

    private static int Export(string? folder, string? pretrained, string? recipe, string target, bool int8, Workplace workplace, CancellationToken cancel)
    {
        using var source = (folder, pretrained, recipe) switch
        {
            ({ } run, null, null) => ExportSource.OfRun(RunFolder.Open(run)),
            (null, { } text, { } path) => ExportSource.OfPretrained(PretrainedChoice.Parse(text), RecipeFile.Load(path, []).Resolve()),
            _ => throw new RecipeException("export: expected the folder of a run, or --pretrained backbone:file.safetensors with --recipe recipe.json."),
        };
        Displays.Run(workplace.Output, display => ExportRun.Execute(source, target, int8, workplace, display, cancel));
        return ExitCodes.Success;
    }
}
