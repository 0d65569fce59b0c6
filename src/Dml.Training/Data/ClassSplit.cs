using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>The zero-shot split: training and held-out classes are disjoint.</summary>
/// <remarks>The classes, sorted ordinally, are shuffled (Fisher-Yates, <see cref="Random"/> with the seed); the first round(fraction × classes) are held out. So the split depends on the class names, the fraction and the seed, and on nothing else.</remarks>
/// <param name="Training">Pictures to train on.</param>
/// <param name="HeldOut">Pictures to evaluate on.</param>
public sealed record ClassSplit(IReadOnlyList<LabelledPicture> Training, IReadOnlyList<LabelledPicture> HeldOut)
{
    /// <summary>Splits a dataset.</summary>
    /// <exception cref="RecipeException">A fraction that leaves one side without two classes, or a filter that names an attribute the pictures do not have.</exception>
    public static ClassSplit Of(Dataset dataset, SplitOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        var classes = dataset.Pictures.Select(p => p.Class).Distinct().Order(StringComparer.Ordinal).ToArray();
        var heldOutCount = (int)Math.Round(options.HeldOut * classes.Length, MidpointRounding.AwayFromZero);
        if (heldOutCount < 2 || heldOutCount > classes.Length - 2)
        {
            throw new RecipeException($"split: heldOut {options.HeldOut} of {classes.Length} classes holds out {heldOutCount}; expected at least two classes on each side.");
        }
        new Random(options.Seed).Shuffle(classes);
        var heldOut = classes[..heldOutCount].ToHashSet(StringComparer.Ordinal);
        foreach (var attribute in options.NotInTraining.Keys.Where(a => !dataset.Pictures.Any(p => p.Attributes.ContainsKey(a))))
        {
            throw new RecipeException($"split: no picture of this dataset has the attribute '{attribute}' of notInTraining.");
        }
        return new(
            [.. dataset.Pictures.Where(p => !heldOut.Contains(p.Class) && !IsLeftOut(p, options.NotInTraining))],
            [.. dataset.Pictures.Where(p => heldOut.Contains(p.Class))]);
    }

    private static bool IsLeftOut(LabelledPicture picture, IReadOnlyDictionary<string, string[]> filter)
        => filter.Any(f => picture.Attributes.TryGetValue(f.Key, out var value) && f.Value.Contains(value));
}
