using System.CommandLine;
using System.Globalization;
using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Labels;

namespace Dml.Training.Commands;

/// <summary><c>dml imprint</c>: classes of an embedder's label head from a few pictures, without training.</summary>
internal static class ImprintCommand
{
    private const int Shown = 3;

    public static Command Create(TextWriter output)
    {
        var folder = new Argument<string>("embedder") { Description = "Folder of the embedder: models/<name>. The classes are kept in it, in label-head.json." };
        var pictures = new Argument<string[]>("pictures") { Description = "Picture files.", Arity = ArgumentArity.OneOrMore };
        var label = new Option<string?>("--class") { Description = "The class that the pictures show; a class that is there already gets them too. Left out: say which classes the pictures are nearest to." };
        var command = new Command("imprint", "Add a class to an embedder from a few pictures without training, or ask for the nearest classes.") { folder, pictures, label };
        command.SetAction((parsed, cancel) => ImprintAsync(parsed.GetValue(folder)!, parsed.GetValue(pictures)!, parsed.GetValue(label), output, cancel));
        return command;
    }

    private static async Task<int> ImprintAsync(string folder, string[] pictures, string? label, TextWriter output, CancellationToken cancel)
    {
        using var embedder = Embedder.Open(folder);
        var head = LabelHead.Open(folder, embedder.Fingerprint, embedder.Dimension);
        var vectors = new List<float[]>();
        foreach (var picture in pictures)
        {
            vectors.Add(await EmbedAsync(embedder, picture, cancel).ConfigureAwait(false));
        }

        if (label is null)
        {
            foreach (var (picture, vector) in pictures.Zip(vectors))
            {
                var nearest = head.Nearest(vector, Shown).Select(n => string.Create(CultureInfo.InvariantCulture, $"{n.Name} {n.Cosine:F4}"));
                await output.WriteLineAsync($"{picture}: {string.Join(", ", nearest)}").ConfigureAwait(false);
            }

            return head.Classes.Any() ? ExitCodes.Success : throw new RecipeException($"{folder} knows no class yet; add one with --class.");
        }

        if (!head.Imprint(label, vectors))
        {
            await output.WriteLineAsync($"The pictures of '{label}' point to opposite sides: the first one stands for all.").ConfigureAwait(false);
        }

        head.Save();
        await output.WriteLineAsync($"'{label}': {head.Classes.First(c => c.Name == label).Count} pictures; {head.Classes.Count()} classes in {Path.Combine(folder, LabelHead.FileName)}").ConfigureAwait(false);
        return ExitCodes.Success;
    }

    private static async Task<float[]> EmbedAsync(Embedder embedder, string picture, CancellationToken cancel)
    {
        var result = await embedder.EmbedAsync(await File.ReadAllBytesAsync(picture, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        return result.Vector ?? throw new RecipeException($"{picture}: {result.Error!.Message}");
    }
}
