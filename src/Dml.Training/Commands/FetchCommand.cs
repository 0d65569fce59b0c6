using System.CommandLine;
using Dml.Training.Fetching;
using Dml.Training.Progress;
using Dml.Training.Runs;

namespace Dml.Training.Commands;

/// <summary><c>dml fetch</c>: the only verb that downloads anything.</summary>
internal static class FetchCommand
{
    public static Command Create(Workplace workplace)
    {
        var name = new Argument<string?>("name")
        {
            Description = "What to download; when left out, what is known is listed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command(
            "fetch",
            $"Download a published file of weights into {WeightCache.Folder} (another folder: {WeightCache.Variable}) and check its hash.")
        {
            name,
        };
        command.SetWork((line, cancel) =>
        {
            if (line.GetValue(name) is not { } wanted)
            {
                workplace.Output.WriteLine(ToText());
                return ExitCodes.Success;
            }

            var file = KnownFiles.Get(wanted);
            Displays.Run(workplace.Output, display => new Download(file, WeightCache.Folder, display).Run(cancel));
            workplace.Output.WriteLine($"In a recipe: \"backbone\": \"{file.Backbone}\", \"pretrained\": \"{file.Name}\"");
            return ExitCodes.Success;
        });
        return command;
    }

    private static string ToText() => string.Join("\n\n", KnownFiles.All.Select(file => string.Join("\n  ",
    [
        file.Name,
        $"backbone: {file.Backbone}",
        $"licence: {file.Licence}",
        file.Address.ToString(),
        $"SHA-256: {file.Sha256}{(file.HasWholeHash ? "" : "…")}",
        File.Exists(WeightCache.PathOf(file)) ? $"downloaded: {WeightCache.PathOf(file)}" : "not downloaded",
    ])));
}
