using Dml.Training.Catalogues;

namespace Dml.Training.Evaluation;

/// <summary>A figure that is measured, by its name in tables: <c>R@1</c>, <c>MAP@R</c>, <c>mAP@all</c>.</summary>
public sealed class RetrievalFigure
{
    private readonly RetrievalFormula _compute;
    private readonly int _k;

    private RetrievalFigure(string name, RetrievalFormula compute, int k) => (Name, _compute, _k) = (name, compute, k);

    /// <summary>As in tables, <c>metrics.jsonl</c> and <c>model.json</c>.</summary>
    public string Name { get; }

    /// <summary>Looks a name up in <see cref="FigureCatalogue"/>.</summary>
    /// <exception cref="RecipeException">No such figure; the message names those there are.</exception>
    public static RetrievalFigure Of(string name)
    {
        foreach (var family in FigureCatalogue.All)
        {
            if (family.TryTake(name, out var k))
            {
                return new(name, family.Compute, k);
            }
        }

        throw new RecipeException(
            $"There is no figure '{name}'. Known: {string.Join(", ", FigureCatalogue.All.Select(f => f.Name))}, K a whole number from 1.");
    }

    internal double Value(RelevantAnswers answers) => _compute(answers, _k);
}
