using System.Globalization;
using Dml.Training.Catalogues;

namespace Dml.Training.Evaluation;

/// <summary>A line of the table of figures: one formula, for every K where its name ends in K.</summary>
public sealed class RetrievalFamily : IMethod
{
    private const char AnyK = 'K';

    internal RetrievalFamily(string name, string formula, string source, RetrievalFormula compute)
    {
        (Name, Formula, Paper, Compute) = (name, formula, source, compute);
    }

    /// <summary>As in tables, such as <c>R@K</c>.</summary>
    public string Name { get; }

    /// <summary>The formula for one query.</summary>
    public string Formula { get; }

    /// <inheritdoc/>
    public string Paper { get; }

    /// <inheritdoc/>
    public object Defaults => new();

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Notes => new Dictionary<string, string> { ["formula"] = Formula };

    internal RetrievalFormula Compute { get; }

    /// <summary>Whether a name, such as <c>R@10</c>, is one of this family.</summary>
    internal bool TryTake(string name, out int k)
    {
        k = 0;
        if (!Name.EndsWith(AnyK))
        {
            return name == Name;
        }

        var stem = Name[..^1];
        return name.StartsWith(stem, StringComparison.Ordinal)
            && int.TryParse(name[stem.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out k)
            && k >= 1;
    }
}
