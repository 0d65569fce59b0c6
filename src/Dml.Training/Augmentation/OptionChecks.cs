using Dml.Training.Catalogues;

namespace Dml.Training.Augmentation;

/// <summary>Ranges of augmentation options; a value out of range stops a run before it starts.</summary>
internal static class OptionChecks
{
    public static double Within(this double value, double low, double high, string option) =>
        value >= low && value <= high
            ? value
            : throw new RecipeException($"augmentation {option}: expected {low} to {high}, found {value}.");

    public static double[] AsRange(this double[] range, double low, double high, string option)
        => range is [var from, var to] && from >= low && from <= to && to <= high
            ? range
            : throw new RecipeException(
                $"augmentation {option}: expected two numbers, ascending, from {low} to {high}; found [{string.Join(", ", range)}].");
}
