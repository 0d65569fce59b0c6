using System.CommandLine;
using System.Text.Json.Nodes;
using Dml.Training.Augmentation;
using Dml.Training.Backbones;
using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Evaluation;
using Dml.Training.Heads;
using Dml.Training.Losses;
using Dml.Training.Losses.Mining;
using Dml.Training.Losses.Regularizers;
using Dml.Training.Optimization;

namespace Dml.Training.Commands;

/// <summary><c>dml list</c>: what recipes can name.</summary>
internal static class ListCommand
{
    /// <summary>Every table by its name in the plural.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<IMethod>> Tables { get; } = new Dictionary<string, IReadOnlyList<IMethod>>
    {
        ["losses"] = LossCatalogue.All,
        ["miners"] = MinerCatalogue.All,
        ["samplers"] = SamplerCatalogue.All,
        ["backbones"] = BackboneCatalogue.All,
        ["heads"] = HeadCatalogue.All,
        ["datasets"] = DatasetCatalogue.All,
        ["figures"] = FigureCatalogue.All,
        ["optimizers"] = OptimizerCatalogue.All,
        ["schedules"] = ScheduleCatalogue.All,
        ["regularizers"] = RegularizerCatalogue.All,
        ["augmentations"] = AugmentationCatalogue.All,
    };

    private sealed record Options(string? Kind, bool Json, bool Markdown);

    public static Command Create(TextWriter output)
    {
        var kind = new Argument<string?>("kind")
        {
            Description = $"{string.Join(", ", Tables.Keys)}; all of them when left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        kind.AcceptOnlyFromAmong([.. Tables.Keys]);
        var json = new Option<bool>("--json")
        {
            Description = "Print a JSON array: name, paper, options with their defaults, and further notes.",
        };
        var markdown = new Option<bool>("--markdown") { Description = "Print the page docs/methods.md, whatever the kind." };
        var command = new Command("list", "List the methods that recipes can name, with their options.") { kind, json, markdown };
        command.SetAction(line =>
        {
            List(new(line.GetValue(kind), line.GetValue(json), line.GetValue(markdown)), output);
            return ExitCodes.Success;
        });
        return command;
    }

    internal static JsonArray ToJson(IReadOnlyList<IMethod> table) =>
    [
        .. table.Select(method =>
        {
            var json = new JsonObject
            {
                ["name"] = method.Name,
                ["paper"] = method.Paper,
                ["options"] = MethodOptions.Write(method.Defaults),
            };
            foreach (var (what, text) in method.Notes)
            {
                json[what] = text;
            }

            return json;
        }),
    ];

    private static void List(Options options, TextWriter output)
    {
        if (options.Markdown)
        {
            output.Write(MethodsDocument.ToMarkdown());
            return;
        }

        var table = options.Kind is { } kind ? Tables[kind] : [.. Tables.Values.SelectMany(t => t)];
        output.WriteLine(options.Json ? ToJson(table).ToJsonString(JsonText.Indented) : ToText(table));
    }

    private static string ToText(IReadOnlyList<IMethod> table) => table.Count == 0
        ? "There are none yet."
        : string.Join("\n\n", table.Select(method => string.Join("\n  ",
        [
            method.Name,
            method.Paper,
            .. method.Notes.Select(note => $"{note.Key}: {note.Value}"),
            MethodOptions.Write(method.Defaults).ToJsonString(JsonText.OneLine),
        ])));
}
