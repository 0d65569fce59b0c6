using System.Globalization;
using System.Text;
using Dml.Training.Catalogues;

namespace Dml.Training.Commands;

/// <summary><c>docs/methods.md</c>: every method that has no document of its own.</summary>
internal static class MethodsDocument
{
    // Backbones, datasets and figures are described in docs/backbones.md, docs/datasets.md and docs/evaluation.md.
    private static readonly string[] Kinds =
        ["losses", "miners", "samplers", "regularizers", "heads", "optimizers", "schedules", "augmentations"];

    public static string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("""
            # Methods

            The methods that a recipe can name, besides [backbones](backbones.md), [datasets](datasets.md) and
            [figures](evaluation.md). This page is the output of `dml list --markdown`; a test compares the two. Options are shown with
            their defaults.

            *Verified*: the formula was read in the authors' code or reproduced with another implementation. *Partly verified*: what the
            source leaves open was filled in. *Derived*: the idea is the paper's, the formula ours. Published figures are the papers'
            own claims, Recall@1 in percent unless stated otherwise. What was measured here, and what it can and cannot show, is in
            [methods compared](results/methods.md). The values of each loss on small inputs that were computed elsewhere are in
            [worked examples](results/worked-examples.md).

            """);
        foreach (var kind in Kinds.Where(kind => ListCommand.Tables[kind].Count > 0))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {char.ToUpperInvariant(kind[0])}{kind[1..]}\n");
            foreach (var method in ListCommand.Tables[kind])
            {
                Append(text, method);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, IMethod method)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n### {method.Name}\n\n");
        if (method.Notes.TryGetValue("idea", out var idea))
        {
            text.Append(idea).Append('\n').Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"- paper: {method.Paper}\n");
        foreach (var (what, note) in method.Notes.Where(note => note.Key != "idea"))
        {
            text.Append(CultureInfo.InvariantCulture, $"- {what}: {note}\n");
        }

        var options = MethodOptions.Write(method.Defaults);
        if (options.Count > 0)
        {
            var shown = options.Select(option => $"`{option.Key}` {option.Value?.ToJsonString(JsonText.OneLine) ?? "null"}");
            text.Append("- options: ").AppendJoin(", ", shown).Append('\n');
        }
    }
}
