using Dml.Files;
using Dml.Training.Catalogues;
using Dml.Training.Data;

namespace Dml.Training.Feedback;

/// <summary>Pairs of pictures that a person called right or wrong: a query and one of its hits.</summary>
/// <param name="Pictures">Two for each pair, one after the other.</param>
/// <param name="IsRight">One for each pair.</param>
internal sealed record FeedbackPairs(IReadOnlyList<LabelledPicture> Pictures, IReadOnlyList<bool> IsRight)
{
    /// <summary>Reads rows <c>picture,picture,right</c> or <c>picture,picture,wrong</c>; paths are relative to the file's folder.</summary>
    /// <exception cref="RecipeException">A row of another form.</exception>
    public static FeedbackPairs Read(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var pictures = new List<LabelledPicture>();
        var isRight = new List<bool>();
        foreach (var (_, fields) in CsvFile.Rows(path, ','))
        {
            if (fields is not [var query, var hit, ("right" or "wrong") and var verdict])
            {
                throw new RecipeException(
                    $"{path}: expected 'picture,picture,right' or 'picture,picture,wrong', found '{CsvFile.Show(fields, ',')}'.");
            }

            foreach (var name in new[] { query, hit })
            {
                var file = Path.Combine(folder, name);
                // A picture may be part of several pairs; ids are unique.
                pictures.Add(new($"{pictures.Count} {name}", verdict, () => RegularFile.ReadAllBytes(file)));
            }

            isRight.Add(verdict == "right");
        }

        return new(pictures, isRight);
    }
}
