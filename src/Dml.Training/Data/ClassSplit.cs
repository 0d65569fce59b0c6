using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>What is trained on and what is held out.</summary>
/// <remarks>
/// A dataset's own split is taken as it is. Otherwise the split is zero-shot, training and held-out classes are disjoint: the classes,
/// sorted ordinally, are shuffled (Fisher-Yates, <see cref="Random"/> with the seed); the first round(fraction × classes) are held out. So
/// it depends on the class names, the fraction and the seed, and on nothing else.
/// </remarks>
/// <param name="Training">Pictures to train on.</param>
/// <param name="HeldOut">Pictures to evaluate on.</param>
public sealed record ClassSplit(IReadOnlyList<LabelledPicture> Training, IReadOnlyList<LabelledPicture> HeldOut)
{
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
            options.By == SplitSource.Dataset && dataset.Pictures.Any(p => p.Part != PicturePart.Unassigned)
                ? OwnSplit(dataset)
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
        var heldOutCount = (int)Math.Round(options.HeldOut * classes.Length, MidpointRounding.AwayFromZero);
        if (heldOutCount < 2 || heldOutCount > classes.Length - 2)
        {
            throw new RecipeException(
                $"split: heldOut {options.HeldOut} of {classes.Length} classes holds out {heldOutCount}; expected at least two classes on "
                    + $"each side.");
        }

        new Random(options.Seed).Shuffle(classes);
        var heldOut = classes[..heldOutCount].ToHashSet(StringComparer.Ordinal);
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
