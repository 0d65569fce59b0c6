using System.Globalization;
using Dml.Training.Catalogues;
using Dml.Training.Evaluation;

namespace Dml.Training.Commands;

/// <summary>The texts of <c>--pool</c>, <c>--mirror</c> and <c>--beta</c>.</summary>
internal static class InferenceChoice
{
    /// <returns>Null where none was given.</returns>
    /// <exception cref="RecipeException">A text of another form, or a number out of range.</exception>
    public static InferenceStrategies? Parse(string? pool, bool mirror, double? beta)
    {
        if (beta is not null and not (> 0 and < double.PositiveInfinity))
        {
            throw new RecipeException(
                string.Create(CultureInfo.InvariantCulture, $"--beta {beta}: expected a number above 0, such as 0.004."));
        }

        return pool is null && !mirror && beta is null
            ? null
            : new() { Pooling = pool is null ? null : Pooling(pool), Mirror = mirror, Beta = beta };
    }

    private static MixedPooling Pooling(string text)
        => text.Split(',') is [var greatest, .. var rest] && rest.Length <= 1
            && Share("max=", greatest) is { } share && Share("slope=", rest.FirstOrDefault("slope=0")) is { } slope
            ? new(share, slope)
            : throw new RecipeException(
                $"--pool {text}: expected max=share or max=share,slope=negative slope, both from 0 to 1, such as max=0.5,slope=0.75.");

    private static double? Share(string name, string text)
        => text.StartsWith(name, StringComparison.Ordinal)
            && double.TryParse(text.AsSpan(name.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out var share)
            && share is >= 0 and <= 1
            ? share
            : null;
}
