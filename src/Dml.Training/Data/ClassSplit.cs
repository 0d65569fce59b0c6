using Dml.Embedding.Labels;
using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>What is trained on and what is held out.</summary>
/// <remarks>
/// A dataset's own split is taken as it is. Otherwise the split is zero-shot, training and held-out classes are disjoint: the classes,
/// sorted ordinally, are shuffled (Fisher-Yates, <see cref="Random"/> with the seed); the first round(fraction × classes) are held out. So
/// it depends on the class names, the fraction and the seed, and on nothing else. By the gate's rule (<see cref="HeldOutLabels"/>) each
/// label's own hash decides.
/// </remarks>
/// <param name="Training">Pictures to train on.</param>
/// <param name="HeldOut">Pictures to evaluate on.</param>
public sealed record ClassSplit(IReadOnlyList<LabelledPicture> Training, IReadOnlyList<LabelledPicture> HeldOut)
{
    private const int FewestHeldOut = 2;

    /// <summary>Pictures of the training side that are not trained on: they choose the epoch whose weights are kept.</summary>
    public IReadOnlyList<LabelledPicture> Validation { get; init; } = [];

    /// <summary>Splits a dataset.</summary>
    /// <exception cref="RecipeException">
    /// One side would have fewer than two classes, or a filter names an attribute the pictures do not have, or labelNoise is out of range.
    /// </exception>
    public static ClassSplit Of(Dataset dataset, SplitOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        foreach (var attribute in options.NotInTraining.Keys.Where(a => !dataset.Pictures.Any(p => p.Attributes.ContainsKey(a))))
        {
            throw new RecipeException($"split: no picture of this dataset has the attribute '{attribute}' of notInTraining.");
        }

        var (training, heldOut) =
            options.By != SplitSource.Classes && dataset.Pictures.Any(p => p.Part != PicturePart.Unassigned) ? OwnSplit(dataset)
            : options.By == SplitSource.Gate ? ByGate(dataset, options)
            : ByClass(dataset, options);
        return new(WithWrongLabels([.. training.Where(p => !IsLeftOut(p, options.NotInTraining))], options), heldOut);
    }

    private static (LabelledPicture[] Training, LabelledPicture[] HeldOut) OwnSplit(Dataset dataset)
    {
        LabelledPicture[] Side(PicturePart part) => [.. dataset.Pictures.Where(p => p.Part == part)];
        var (training, heldOut) = (Side(PicturePart.Training), Side(PicturePart.Test));
        return ClassCount(training) >= 2 && ClassCount(heldOut) >= 2
            ? (training, heldOut)
            : throw new RecipeException(
                $"split: the dataset's own split has {training.Length} training pictures of {ClassCount(training)} classes and "
                    + $"{heldOut.Length} test pictures of {ClassCount(heldOut)}; expected at least two classes on each side. Or draw the "
                    + $"held-out classes: \"split\": {{ \"by\": \"classes\" }}.");
    }

    private static (LabelledPicture[] Training, LabelledPicture[] HeldOut) ByClass(Dataset dataset, SplitOptions options)
    {
        var classes = dataset.Pictures.Select(p => p.Class).Distinct().Order(StringComparer.Ordinal).ToArray();
        var heldOutCount = (int)Math.Round(options.Share * classes.Length, MidpointRounding.AwayFromZero);
        if (heldOutCount < 2 || heldOutCount > classes.Length - 2)
        {
            throw new RecipeException(
                $"split: heldOut {options.Share} of {classes.Length} classes holds out {heldOutCount}; expected at least two classes on "
                    + $"each side.");
        }

        new Random(options.Seed).Shuffle(classes);
        return Sides(dataset, classes[..heldOutCount]);
    }

    // A small catalogue may have fewer than two labels in the gate's share; then those that come next are held out as well, so that there
    // is something to measure. The embedder states what it has learnt, so the gate compares on them too.
    private static (LabelledPicture[] Training, LabelledPicture[] HeldOut) ByGate(Dataset dataset, SplitOptions options)
    {
        if (options.Share is not (>= 0 and < 1))
        {
            throw new RecipeException($"split: heldOut is a share of the labels from 0 to below 1, not {options.Share}.");
        }

        var classes = dataset.Pictures
            .GroupBy(p => p.Class, StringComparer.Ordinal)
            .Select(pictures => (Class: pictures.Key, Place: Place(pictures.First()), IsShared: pictures.Skip(1).Any()))
            .OrderBy(c => c.Place).ThenBy(c => c.Class, StringComparer.Ordinal)
            .ToArray();
        var count = classes.Count(c => c.Place < options.Share);
        while (count < classes.Length && classes[..count].Count(c => c.IsShared) < FewestHeldOut)
        {
            count++;
        }

        return classes.Length - count >= 2
            ? Sides(dataset, classes[..count].Select(c => c.Class))
            : throw new RecipeException(
                $"split: of {classes.Length} labels, the gate's rule holds out {count} (heldOut {options.Share}, and at least two labels "
                    + "with two pictures); expected at least two more to train on. Add labels or lower heldOut.");
    }

    // With several labels a picture is held out as soon as one of them is.
    private static double Place(LabelledPicture picture) =>
        picture.Labels.Count == 0 ? HashPlace.Of(picture.Class) : picture.Labels.Min(HashPlace.Of);

    private static (LabelledPicture[] Training, LabelledPicture[] HeldOut) Sides(Dataset dataset, IEnumerable<string> heldOutClasses)
    {
        var heldOut = heldOutClasses.ToHashSet(StringComparer.Ordinal);
        return ([.. dataset.Pictures.Where(p => !heldOut.Contains(p.Class))], [.. dataset.Pictures.Where(p => heldOut.Contains(p.Class))]);
    }

    private static LabelledPicture[] WithWrongLabels(LabelledPicture[] pictures, SplitOptions options)
    {
        if (options.LabelNoise is not (>= 0 and < 1))
        {
            throw new RecipeException(
                $"split: labelNoise is a share of the training pictures from 0 to below 1, not {options.LabelNoise}.");
        }

        string[] classes = [.. pictures.Select(p => p.Class).Distinct().Order(StringComparer.Ordinal)];
        var random = new Random(options.LabelNoiseSeed);
        int[] order = [.. Enumerable.Range(0, pictures.Length)];
        random.Shuffle(order);
        foreach (var i in order[..(int)Math.Round(options.LabelNoise * pictures.Length)])
        {
            // One of the others: as many steps on from its own as there are others.
            var other = (Array.IndexOf(classes, pictures[i].Class) + 1 + random.Next(classes.Length - 1)) % classes.Length;
            pictures[i] = pictures[i] with { Class = classes[other] };
        }

        return pictures;
    }

    private static int ClassCount(LabelledPicture[] pictures) => pictures.Select(p => p.Class).Distinct().Count();

    private static bool IsLeftOut(LabelledPicture picture, IReadOnlyDictionary<string, string[]> filter)
        => filter.Any(f => picture.Attributes.TryGetValue(f.Key, out var value) && f.Value.Contains(value));
}
