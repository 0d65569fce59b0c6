using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>A text file of paths and labels.</summary>
internal static class CsvDataset
{
    /// <summary>Options of <c>csv</c>.</summary>
    public sealed record Options
    {
        /// <summary>Each line: path, separator, label. A first line <c>path,label</c> is skipped; fields may be quoted as RFC 4180 says.</summary>
        public string File { get; init; } = "pictures.csv";

        /// <summary>One character.</summary>
        public char Separator { get; init; } = ',';
    }

    public static Dataset Open(Options options, string root)
    {
        var file = Path.GetFullPath(Path.Combine(root, options.File));
        if (!File.Exists(file))
        {
            throw new RecipeException($"csv: expected a file of lines 'path{options.Separator}label' at {file}, and there is none. Set \"file\" in the recipe's dataset.");
        }
        var folder = Path.GetDirectoryName(file)!;
        var pictures = new Dictionary<string, (string Id, string Class, string Path)>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (line.Length == 0 || (number == 1 && string.Equals(line, $"path{options.Separator}label", StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }
            var fields = CsvLine.Split(line, options.Separator);
            if (fields is not [var path, var label] || label.Length == 0)
            {
                throw new RecipeException($"{file}, line {number}: expected 'path{options.Separator}label', found '{line}'.");
            }
            var full = Path.GetFullPath(Path.Combine(folder, path));
            if (!File.Exists(full))
            {
                throw new RecipeException($"{file}, line {number}: there is no picture at {full}.");
            }
            if (!pictures.TryAdd(path, (path, label, full)))
            {
                throw new RecipeException($"{file}, line {number}: '{path}' is listed twice.");
            }
        }
        return PictureFiles.ToDataset($"csv: {file}", pictures.Values);
    }
}
