using Dml.Training.Catalogues;

namespace Dml.Training.Optimization;

/// <summary>The rate is multiplied by a factor every so many epochs, as in the repositories of Proxy Anchor, DAS and HIER.</summary>
internal sealed class StepDecay : LearningRateCurve
{
    private readonly Options _options;

    internal StepDecay(Options options)
    {
        var check = new OptionCheck("step");
        check.AtLeast(1, options.Every);
        check.Above(0, options.Factor);
        check.Within(0, 1, options.Factor);
        foreach (var epoch in options.At)
        {
            check.AtLeast(1, epoch, "at");
        }

        _options = options;
    }

    public sealed record Options
    {
        /// <summary>Epochs between two falls, at least 1; published for Proxy Anchor: 5 for CUB, 10 for Cars, 20 for SOP.</summary>
        public int Every { get; init; } = 10;

        /// <summary>The factor, above 0 to 1; published for Proxy Anchor: 0.5, 0.25 for SOP.</summary>
        public double Factor { get; init; } = 0.5;

        /// <summary>Epochs after which the rate falls, instead of every so many; empty: none.</summary>
        public int[] At { get; init; } = [];
    }

    public override double Factor(CurvePoint at)
    {
        var falls = _options.At.Length > 0 ? _options.At.Count(epoch => epoch <= at.Epochs) : at.Epochs / _options.Every;
        return Math.Pow(_options.Factor, falls);
    }
}
