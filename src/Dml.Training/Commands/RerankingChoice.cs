using System.Globalization;
using Dml.Training.Catalogues;
using Dml.Training.Evaluation;

namespace Dml.Training.Commands;

/// <summary>The text of <c>--rerank</c>.</summary>
internal static class RerankingChoice
{
    /// <param name="text"><c>k1,k2,lambda</c>.</param>
    /// <exception cref="RecipeException">Another form, or a number out of range.</exception>
    public static RerankingOptions Parse(string text)
        => text.Split(',') is [var k1, var k2, var lambda]
            && int.TryParse(k1, NumberStyles.None, CultureInfo.InvariantCulture, out var first) && first >= 1
            && int.TryParse(k2, NumberStyles.None, CultureInfo.InvariantCulture, out var second) && second >= 1
            && double.TryParse(lambda, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1
            ? new() { K1 = first, K2 = second, Lambda = share }
            : throw new RecipeException(
                $"--rerank {text}: expected k1,k2,lambda with k1 and k2 from 1 and lambda from 0 to 1, such as 50,20,0.94.");
}
