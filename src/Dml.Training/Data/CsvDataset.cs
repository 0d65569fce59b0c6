using Dml.Embedding.Labels;
using Dml.Files;
using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>A CSV file of paths and labels.</summary>
internal static class CsvDataset
{
    private static readonly string[] WithoutHeader = ["path", "label"];

    public static DatasetAbout About { get; } = new()
    {
        Name = "csv",
        Paper = "A text file of paths and labels, with further columns for splits, roles, cameras and other attributes.",
        Layout =
        [
            "a text file of lines 'path,label', or with a first line that names the columns: path,label[,part][,<attribute>…] "
                + "(paths start at the file's folder)",
        ],
        Split =
            "the column part (train, test, query or gallery), else the labels that a service's gate holds out, unless the recipe has a "
            + "split. A column camera leaves answers of the query's label and camera out.",
        DefaultSplit = SplitSource.Gate,
        Source = "your own pictures.",
    };

    /// <summary>Options of <c>csv</c>.</summary>
    public sealed record Options
    {
        /// <summary>Fields may be quoted as RFC 4180 says.</summary>
        public string File { get; init; } = "pictures.csv";

        /// <summary>Between columns; one character.</summary>
        public char Separator { get; init; } = ',';

        /// <summary>
        /// Separates the labels of a picture that has several, such as <c>";"</c>; the picture's class is then all of them together.
        /// Null: one label.
        /// </summary>
        public char? LabelSeparator { get; init; }
    }

    public static Dataset Open(Options options, string root)
    {
        var path = Path.GetFullPath(Path.Combine(root, options.File));
        if (!File.Exists(path))
        {
            throw new RecipeException(
                $"csv: expected {About.Layout[0]} at {path}, and there is no file. Set \"file\" in the recipe's dataset.");
        }

        var pictures = new PictureList();
        var known = new HashSet<string>(StringComparer.Ordinal);
        string[]? columns = null;
        foreach (var (line, fields) in CsvFile.Rows(path, options.Separator))
        {
            RecipeException Fault(string what) => new($"{path}, line {line}: {what}");
            if (columns is null)
            {
                string[] names = [.. fields.Select(field => field.Trim().ToLowerInvariant())];
                var isHeader = WithoutHeader.All(names.Contains);
                columns = isHeader ? names : WithoutHeader;
                if (columns.Distinct().Count() < columns.Length)
                {
                    throw Fault("two columns have the same name.");
                }

                if (isHeader)
                {
                    continue;
                }
            }

            if (fields.Length != columns.Length || string.IsNullOrWhiteSpace(fields[Array.IndexOf(columns, "label")]))
            {
                throw Fault($"expected '{string.Join(options.Separator, columns)}', found '{CsvFile.Show(fields, options.Separator)}'.");
            }

            var row = columns.Zip(fields).ToDictionary(field => field.First, field => field.Second);
            var file = new FileInfo(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, row["path"])));
            if (!file.Exists)
            {
                throw Fault($"there is no picture at {file.FullName}.");
            }

            if (!known.Add(row["path"]))
            {
                throw Fault($"'{row["path"]}' is listed twice.");
            }

            var (part, role) = PartOf(row) ?? throw Fault($"'{row["part"]}' is not train, test, query or gallery.");
            var labels = LabelsOf(row["label"], options.LabelSeparator);
            var picture = new LabelledPicture(
                row["path"],
                labels.Length > 0 ? string.Join(options.LabelSeparator!.Value, labels) : row["label"],
                () => RegularFile.ReadAllBytes(file.FullName))
            {
                Part = part,
                Role = role,
                Labels = labels,
                Attributes = row.Where(field => field.Key is not ("path" or "label" or "part")).ToDictionary(),
            };
            pictures.Add(picture, file.Length, file.LastWriteTimeUtc.Ticks);
        }

        return pictures.ToDataset($"csv: {path}");
    }

    // Null where the column holds none of the known words.
    private static (PicturePart Part, PictureRole Role)? PartOf(Dictionary<string, string> row) => row.GetValueOrDefault("part") switch
    {
        null => (PicturePart.Unassigned, PictureRole.Both),
        "train" => (PicturePart.Training, PictureRole.Both),
        "test" => (PicturePart.Test, PictureRole.Both),
        "query" => (PicturePart.Test, PictureRole.Query),
        "gallery" => (PicturePart.Test, PictureRole.Gallery),
        _ => null,
    };

    private static string[] LabelsOf(string text, char? separator) =>
        separator is not { } one
            ? []
            :
            [
                .. text.Split(one, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(LabelText.Clean)
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ];
}
