using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Dml.Training.Catalogues;

/// <summary>Checks the numbers of a method's options against their ranges. NaN is outside every range.</summary>
/// <param name="method">The method's name, for the error message.</param>
internal readonly struct OptionCheck(string method)
{
    /// <summary>Requires a number that is neither infinite nor NaN.</summary>
    /// <exception cref="RecipeException">It is infinite or NaN.</exception>
    public void Finite(double value, [CallerArgumentExpression(nameof(value))] string option = "")
        => Require(double.IsFinite(value), "finite", value, option);

    /// <summary>Requires a finite number above <paramref name="bound"/>.</summary>
    /// <exception cref="RecipeException">It is not above the bound, or infinite.</exception>
    public void Above(double bound, double value, [CallerArgumentExpression(nameof(value))] string option = "")
        => Require(value > bound && double.IsFinite(value), $"finite and above {bound}", value, option);

    /// <summary>Requires a finite number of at least <paramref name="bound"/>.</summary>
    /// <exception cref="RecipeException">It is below the bound, or infinite.</exception>
    public void AtLeast(double bound, double value, [CallerArgumentExpression(nameof(value))] string option = "")
        => Require(value >= bound && double.IsFinite(value), $"finite and at least {bound}", value, option);

    /// <summary>Requires a whole number of at least <paramref name="bound"/>.</summary>
    /// <exception cref="RecipeException">It is below the bound.</exception>
    public void AtLeast(int bound, int value, [CallerArgumentExpression(nameof(value))] string option = "")
        => Require(value >= bound, $"at least {bound}", value, option);

    /// <summary>Requires a number of at least <paramref name="bound"/>, for options where infinity has a meaning.</summary>
    /// <exception cref="RecipeException">It is below the bound.</exception>
    public void AtLeastOrInfinite(double bound, double value, [CallerArgumentExpression(nameof(value))] string option = "")
        => Require(value >= bound, $"at least {bound}", value, option);

    /// <summary>Requires a number from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    /// <exception cref="RecipeException">It is outside the range.</exception>
    public void Within(double least, double most, double value, [CallerArgumentExpression(nameof(value))] string option = "")
        => Require(value >= least && value <= most, $"from {least} to {most}", value, option);

    /// <summary>Requires a number from <paramref name="least"/> to below <paramref name="end"/>.</summary>
    /// <exception cref="RecipeException">It is outside the range.</exception>
    public void Below(double least, double end, double value, [CallerArgumentExpression(nameof(value))] string option = "")
        => Require(value >= least && value < end, $"at least {least} and below {end}", value, option);

    // The argument's source text names the option: "options.Margin" or "options.Margin ?? 0" is the recipe's "margin".
    private void Require(bool isValid, string range, double value, string expression)
    {
        if (!isValid)
        {
            var member = expression.Split(' ')[0].Split('.')[^1];
            throw new RecipeException($"{method}: {JsonNamingPolicy.CamelCase.ConvertName(member)} must be {range}; got {value}.");
        }
    }
}
