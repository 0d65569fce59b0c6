using System.CommandLine;
using Dml.Training.Catalogues;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Runs;
using Dml.Training.Torch;

namespace Dml.Training.Commands;

/// <summary><c>dml export</c>.</summary>
internal static class ExportCommand
{
    private sealed record Options(string Target)
    {
        public string? Run { get; init; }

        public string? Pretrained { get; init; }

        public string? Backbone { get; init; }

        public string? Recipe { get; init; }

        public bool Int8 { get; init; }
    }

    public static Command Create(Workplace workplace)
    {
        var run = new Argument<string?>("run")
        {
            Description = "Folder of the run; left out with --pretrained.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var target = new Option<string>("--out") { Description = "Folder of the embedder: models/<name>.", Required = true };
        var int8 = new Option<bool>("--int8")
        {
            Description = "In 8-bit integers: two to three times faster on processors with VNNI. The cost in retrieval quality is measured "
                + "and written into model.json.",
        };
        var pretrained = new Option<string?>("--pretrained")
        {
            Description = "Instead of a run, a frozen network: backbone[,option=value…]:weights, or with --backbone the weights alone. "
                + "They are a file, the name of an embedder or a name of dml fetch. The network's feature is the embedding.",
        };
        var backbone = new Option<string?>("--backbone") { Description = "With --pretrained: backbone[,option=value…]." };
        var recipe = new Option<string?>("--recipe")
        {
            Description = "With --pretrained: the recipe whose held-out classes are measured and whose resize rule is used; when left out, "
                + "nothing is measured and pictures are cut to a square.",
        };
        var command = new Command("export", "Write an embedder as ONNX, prove that it is the same network, and measure it.")
        {
            run,
            target,
            int8,
            pretrained,
            backbone,
            recipe,
        };
        command.SetWork((line, cancel) =>
        {
            var options = new Options(line.GetRequiredValue(target))
            {
                Run = line.GetValue(run),
                Pretrained = line.GetValue(pretrained),
                Backbone = line.GetValue(backbone),
                Recipe = line.GetValue(recipe),
                Int8 = line.GetValue(int8),
            };
            return Export(options, workplace, cancel);
        });
        return command;
    }

    private static int Export(Options options, Workplace workplace, CancellationToken cancel)
    {
        TorchLibraries.Check();
        using var source = options switch
        {
            { Run: { } run, Pretrained: null, Backbone: null, Recipe: null } => ExportSource.OfRun(RunFolder.Open(run)),
            { Run: null, Pretrained: { } weights } => ExportSource.OfPretrained(
                options.Backbone is { } backbone ? PretrainedChoice.Of(weights, backbone) : PretrainedChoice.Parse(weights),
                options.Recipe is { } path ? RecipeFile.Load(path, []).Resolve() : null),
            _ => throw new RecipeException(
                "export: expected the folder of a run, or --pretrained backbone:weights, or --pretrained weights --backbone backbone."),
        };
        Displays.Run(
            workplace.Output,
            display => ExportRun.Execute(source, options.Target, options.Int8, workplace, display, cancel));
        return ExitCodes.Success;
    }
}
