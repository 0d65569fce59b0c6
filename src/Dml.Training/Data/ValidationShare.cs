using Dml.Embedding.Labels;
using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>Sets a part of the training pictures aside, to choose the epoch by what it is not trained on.</summary>
/// <remarks>
/// Whole classes, as far as there are enough: retrieval of unseen classes is what an embedder is for. Fewer than
/// <see cref="FewestClasses"/> say little, and must not be more than a fifth of all where the recipe did not ask for so many; then every
/// class gives some of its pictures instead. Hashes of names decide, so that the same are set aside whatever is added.
/// </remarks>
internal static class ValidationShare
{
    /// <summary>Fewer classes than these do not tell good epochs from better ones.</summary>
    public const int FewestClasses = 8;

    // With four pictures of a class each has three relevant answers; but three of four pictures are for training.
    private const int FewestPictures = 4;
    private const int LargestPart = 4;

    /// <summary>Moves the share from the training side to <see cref="ClassSplit.Validation"/>.</summary>
    /// <param name="split">Without validation pictures.</param>
    /// <param name="share">Of the classes, or of each class's pictures; above 0 to 0.5.</param>
    /// <exception cref="RecipeException">There are too few pictures.</exception>
    public static ClassSplit TakeFrom(ClassSplit split, double share)
    {
        var classes = split.Training.GroupBy(p => p.Class, StringComparer.Ordinal).Where(c => c.Skip(1).Any()).ToArray();
        var wanted = (int)Math.Round(share * classes.Length, MidpointRounding.AwayFromZero);
        var count = Math.Max(wanted, 5 * FewestClasses <= classes.Length ? FewestClasses : 0);
        var pictures = count >= FewestClasses ? WholeClasses(classes, count) : SomeOfEach(split.Training, share);
        var taken = pictures.Select(p => p.Id).ToHashSet(StringComparer.Ordinal);
        LabelledPicture[] validation = [.. split.Training.Where(p => taken.Contains(p.Id))];
        return validation.Select(p => p.Class).Distinct().Count() >= 2
            ? split with { Training = [.. split.Training.Where(p => !taken.Contains(p.Id))], Validation = validation }
            : throw new RecipeException(
                $"training.validation {share}: {split.Training.Count} training pictures of "
                    + $"{split.Training.Select(p => p.Class).Distinct().Count()} classes are too few to set some aside; expected two "
                    + $"classes with {2 * LargestPart} pictures. Add pictures, or keep the last epoch: \"keep\": \"last\".");
    }

    // From the other end than the gate's held-out labels.
    private static IEnumerable<LabelledPicture> WholeClasses(IEnumerable<IGrouping<string, LabelledPicture>> classes, int count) =>
        classes.OrderByDescending(c => HashPlace.Of(c.Key)).ThenBy(c => c.Key, StringComparer.Ordinal).Take(count).SelectMany(c => c);

    // Queries and gallery pictures apart, where a dataset tells them apart.
    private static IEnumerable<LabelledPicture> SomeOfEach(IReadOnlyList<LabelledPicture> training, double share) =>
        training.GroupBy(p => (p.Class, p.Role)).SelectMany(group =>
        {
            var pictures = group.OrderBy(p => HashPlace.Of(p.Id)).ThenBy(p => p.Id, StringComparer.Ordinal).ToArray();
            var count = Math.Max(
                (int)Math.Round(share * pictures.Length, MidpointRounding.AwayFromZero),
                Math.Min(FewestPictures, pictures.Length / LargestPart));
            return count >= 2 && pictures.Length - count >= 2 ? pictures[..count] : [];
        });
}
