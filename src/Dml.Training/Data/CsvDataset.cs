using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>A text file of paths and labels.</summary>
internal static class CsvDataset
{
    public static DatasetAbout About { get; } = new()
    {
        Name = "csv",
        Paper = "A text file of paths and labels, with further columns for splits, roles, cameras and other attributes.",
        Layout = ["a text file of lines 'path,label', or with a first line that names the columns: path,label[,part][,<attribute>…] (paths start at the file's folder)"],
        Split = "the column part (train, test, query or gallery), else the recipe's split draws the held-out classes. A column camera leaves answers of the query's label and camera out.",
        Source = "your own pictures.",
    };

    /// <summary>Options of <c>csv</c>.</summary>
    public sealed record Options
    {
        /// <summary>Fields may be quoted as RFC 4180 says.</summary>
        public string File { get; init; } = "pictures.csv";

        /// <summary>Between columns; one character.</summary>
        public char Separator { get; init; } = ',';

        /// <summary>Between the labels of a picture that has several, such as <c>";"</c>; its class is then all of them together. Null: one label.</summary>
        public char? LabelSeparator { get; init; }
    }

    public static Dataset Open(Options options, string root)
    {
        var path = Path.GetFullPath(Path.Combine(root, options.File));
        if (!File.Exists(path))
        {
            throw new RecipeException($"csv: expected {About.Layout[0]} at {path}, and there is no file. Set \"file\" in the recipe's dataset.");
        }

        var pictures = new PictureList();
        var known = new HashSet<string>(StringComparer.Ordinal);
        CsvColumns? columns = null;
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (line.Length == 0)
            {
                continue;
            }

            RecipeException Fault(string what) => new($"{path}, line {number}: {what}");
            var fields = CsvLine.Split(line, options.Separator);
            if (columns is null)
            {
                columns = CsvColumns.Of(fields);
                if (columns.IsHeader)
                {
                    continue;
                }
            }

            if (fields.Count != columns.Count || fields[columns.Label].Length == 0)
            {
                throw Fault($"expected '{columns.Form(options.Separator)}', found '{line}'.");
            }

            var file = new FileInfo(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, fields[columns.Path])));
            if (!file.Exists)
            {
                throw Fault($"there is no picture at {file.FullName}.");
            }

            if (!known.Add(fields[columns.Path]))
            {
                throw Fault($"'{fields[columns.Path]}' is listed twice.");
            }

            var (part, role) = columns.PartOf(fields) ?? throw Fault($"'{fields[columns.Part!.Value]}' is none of train, test, query and gallery.");
            string[] labels = options.LabelSeparator is { } separator ? [.. fields[columns.Label].Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal)] : [];
            var label = labels.Length > 0 ? string.Join(options.LabelSeparator!.Value, labels) : fields[columns.Label];
            pictures.Add(new(fields[columns.Path], label, () => File.ReadAllBytes(file.FullName)) { Part = part, Role = role, Labels = labels, Attributes = columns.AttributesOf(fields) }, file.Length, file.LastWriteTimeUtc.Ticks);
        }

        return pictures.ToDataset($"csv: {path}");
    }
}
