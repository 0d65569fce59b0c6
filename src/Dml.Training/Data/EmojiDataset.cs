using System.Security.Cryptography;
using System.Text;
using Dml.Demo;
using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>The demo drawings. Attribute <c>set</c>: the vendor's package.</summary>
internal static class EmojiDataset
{
    public static DatasetAbout About { get; } = new()
    {
        Name = "emoji",
        Paper = "The demo drawings: a class is a concept, a picture one vendor's drawing of it.",
        Layout = ["<package>/icons.json, <package>/package.json of the @iconify-json packages"],
        Split = "none: the recipe's split draws the held-out concepts.",
        Source = "npm ci --ignore-scripts in the repository.",
    };

    public sealed record Options
    {
        /// <summary>Where npm puts the packages.</summary>
        public string Folder { get; init; } = "node_modules/@iconify-json";

        /// <summary>Side of the PNG that a drawing is rendered to before it is decoded like any picture.</summary>
        public int RenderSize { get; init; } = 256;
    }

    public static Dataset Open(Options options, string root) => Open(About.Name, options, root);

    /// <param name="name">The dataset to name in messages.</param>
    /// <param name="options">Where and how large.</param>
    /// <param name="root">Where relative paths start.</param>
    internal static Dataset Open(string name, Options options, string root)
    {
        var folder = Path.GetFullPath(Path.Combine(root, options.Folder));
        var drawings = ReadDrawings(name, folder);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"rendered at {options.RenderSize}\n"));
        foreach (var package in Directory.EnumerateFiles(folder, "package.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            hash.AppendData(File.ReadAllBytes(package));
        }

        return new(
            Convert.ToHexStringLower(hash.GetHashAndReset()),
            [
                .. drawings
                    .Drawings.OrderBy(d => d.Id, StringComparer.Ordinal)
                    .Select(drawing => new LabelledPicture(drawing.Id, drawing.Concept, () => drawing.RenderPng(options.RenderSize))
                    {
                        Attributes = new Dictionary<string, string> { ["set"] = drawing.Set },
                    }),
            ]);
    }

    private static EmojiDrawings ReadDrawings(string name, string folder)
    {
        try
        {
            return EmojiDrawings.Open(folder);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or System.Text.Json.JsonException)
        {
            throw new RecipeException(
                $"{name}: expected the @iconify-json packages (<package>/icons.json) in {folder}: {e.Message} Run 'npm ci "
                    + $"--ignore-scripts' in the repository, or set \"folder\" in the recipe's dataset.",
                e);
        }
    }
}
