using Dml.Training.Catalogues;
using Dml.Training.Data;

namespace Dml.Training.Feedback;

/// <summary>Pairs of pictures that somebody called right or wrong: a query and one of its hits.</summary>
/// <param name="Pictures">Two for each pair, one after the other.</param>
/// <param name="IsRight">One for each pair.</param>
internal sealed record FeedbackPairs(IReadOnlyList<LabelledPicture> Pictures, IReadOnlyList<bool> IsRight)
{
    /// <summary>Reads lines <c>picture,picture,right</c> or <c>picture,picture,wrong</c>; paths start at the file's folder.</summary>
    /// <exception cref="RecipeException">A line of another form.</exception>
    public static FeedbackPairs Read(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var pictures = new List<LabelledPicture>();
        var isRight = new List<bool>();
        foreach (var line in File.ReadLines(path).Where(line => line.Length > 0))
        {
            if (CsvLine.Split(line, ',') is not [var query, var hit, ("right" or "wrong") and var verdict])
            {
                throw new RecipeException($"{path}: expected 'picture,picture,right' or 'picture,picture,wrong', found '{line}'.");
            }

            foreach (var name in new[] { query, hit })
            {
                var file = Path.Combine(folder, name);
                // A picture may stand in several pairs; ids are unique.
                pictures.Add(new($"{pictures.Count} {name}", verdict, () => File.ReadAllBytes(file)));
            }

            isRight.Add(verdict == "right");
        }

        return new(pictures, isRight);
    }
}
