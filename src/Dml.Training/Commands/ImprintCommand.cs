using System.CommandLine;
using System.Globalization;
using Dml.Embedding;
using Dml.Embedding.Labels;
using Dml.Files;
using Dml.Training.Catalogues;
using Dml.Training.Labels;

namespace Dml.Training.Commands;

/// <summary><c>dml imprint</c>: classes of an embedder's label head from a few pictures, without training.</summary>
internal static class ImprintCommand
{
    private const int Shown = 3;

    private sealed record Options(string Embedder, string[] Pictures, string? Class);

    public static Command Create(TextWriter output)
    {
        var embedder = new Argument<string>("embedder")
        {
            Description = "Folder of the embedder: models/<name>. The classes are kept in it, in label-head.json.",
        };
        var pictures = new Argument<string[]>("pictures") { Description = "Picture files.", Arity = ArgumentArity.OneOrMore };
        var label = new Option<string?>("--class")
        {
            Description = "The class that the pictures show; an existing class gets them in addition. "
                + "Left out: print the classes that the pictures are nearest to.",
        };
        var command = new Command(
            "imprint",
            "Add a class to an embedder from a few pictures without training, or ask for the nearest classes.")
        {
            embedder,
            pictures,
            label,
        };
        command.SetAction((line, cancel) => ImprintAsync(
            new(line.GetRequiredValue(embedder), line.GetRequiredValue(pictures), line.GetValue(label)), output, cancel));
        return command;
    }

    private static async Task<int> ImprintAsync(Options options, TextWriter output, CancellationToken cancel)
    {
        var (folder, pictures, given) = options;
        var label = given is null ? null : LabelText.Clean(given);
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
                var nearest = head.Nearest(vector, Shown)
                    .Select(n => string.Create(CultureInfo.InvariantCulture, $"{n.Name} {n.Cosine:F4}"));
                await output.WriteLineAsync($"{picture}: {string.Join(", ", nearest)}").ConfigureAwait(false);
            }

            return head.Classes.Any()
                ? ExitCodes.Success
                : throw new RecipeException($"{folder} knows no class yet; add one with --class.");
        }

        if (!head.Imprint(label, vectors))
        {
            await output.WriteLineAsync($"The vectors of '{label}' cancel each other out: only the first picture is used.")
                .ConfigureAwait(false);
        }

        head.Save();
        var count = head.Classes.First(c => c.Name == label).Count;
        var file = Path.Combine(folder, LabelHead.FileName);
        await output.WriteLineAsync($"'{label}': {count} pictures; {head.Classes.Count()} classes in {file}").ConfigureAwait(false);
        return ExitCodes.Success;
    }

    private static async Task<float[]> EmbedAsync(Embedder embedder, string picture, CancellationToken cancel)
    {
        var result = await embedder.EmbedAsync(RegularFile.ReadAllBytes(picture), cancel).ConfigureAwait(false);
        return result.Vector ?? throw new RecipeException($"{picture}: {result.Error!.Message}");
    }
}
