using Dml.Training.Catalogues;

namespace Dml.Training.Optimization;

/// <summary>
/// The rate falls when MAP@R of the validation share has not risen for some validations, as in the recipe of ProxyNCA++. The rule of
/// PyTorch's ReduceLROnPlateau: after more than <see cref="Options.Patience"/> validations without a better one the rate falls, and the
/// count begins anew.
/// </summary>
internal sealed class Plateau : LearningRateCurve
{
    private readonly Options _options;

    internal Plateau(Options options)
    {
        var check = new OptionCheck("plateau");
        check.Above(0, options.Factor);
        check.Below(0, 1, options.Factor);
        check.AtLeast(0, options.Patience);
        check.AtLeast(0, options.Threshold);
        _options = options;
    }

    public sealed record Options
    {
        /// <summary>The factor, above 0 and below 1.</summary>
        public double Factor { get; init; } = 0.1;

        /// <summary>Validations without a better one that are borne, at least 0; published for ProxyNCA++: 4.</summary>
        public int Patience { get; init; } = 4;

        /// <summary>By which share of the best a figure must be higher to count as better, at least 0.</summary>
        public double Threshold { get; init; } = 1e-4;
    }

    public override bool NeedsFigures => true;

    public override double Factor(CurvePoint at)
    {
        var (best, without, falls) = (double.NegativeInfinity, 0, 0);
        foreach (var figure in at.Figures)
        {
            var isBetter = double.IsNegativeInfinity(best) || figure > best * (1 + _options.Threshold);
            (best, without) = isBetter ? (figure, 0) : (best, without + 1);
            if (without > _options.Patience)
            {
                (without, falls) = (0, falls + 1);
            }
        }

        return Math.Pow(_options.Factor, falls);
    }
}
