using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Dml.Api.Failures;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Search;

/// <summary>The query parameter <c>region</c>: the part of a picture that is searched with.</summary>
internal static class RegionParameter
{
    public const string Description =
        "Only this part of the picture: left edge, upper edge, width and height as fractions of the picture as it is seen (after EXIF "
        + "rotation), such as `0.25,0.1,0.5,0.4`. Width and height are at least 0.01.";

    private const string Expected =
        "expected left edge, upper edge, width and height as fractions of the picture, such as 0.25,0.1,0.5,0.4";

    /// <returns>False when it is none; null is the whole picture.</returns>
    public static bool TryRead(string? text, out PictureRegion? region, [NotNullWhen(false)] out Refusal? refusal)
    {
        (region, refusal) = (null, null);
        if (text is null)
        {
            return true;
        }

        var parts = text.Split(',');
        var numbers = new double[4];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (parts.Length != numbers.Length
                || !double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]))
            {
                refusal = new Refusal(ProblemCode.BadParameter, $"region is \"{text}\"; {Expected}.");
                return false;
            }
        }

        region = new PictureRegion(numbers[0], numbers[1], numbers[2], numbers[3]);
        refusal = region.IsValid ? null : new Refusal(
            ProblemCode.BadParameter,
            $"region is \"{text}\"; {Expected}, all within 0 to 1, with a width and a height of at least "
            + $"{PictureRegion.SmallestSide.ToString(CultureInfo.InvariantCulture)}.");
        return refusal is null;
    }
}
