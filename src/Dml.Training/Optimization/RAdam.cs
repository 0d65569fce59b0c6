namespace Dml.Training.Optimization;

/// <summary>
/// L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020, arXiv 1908.03265: Adam, whose division by the root
/// of the squared gradients sets in as their mean becomes reliable; a momentum before. The weight decay is part of the gradient, as in
/// PyTorch.
/// </summary>
internal sealed class RAdam(AdamW.Options options) : UpdateRule
{
    // Below this length of the approximated moving average its variance cannot be corrected.
    private const double Reliable = 5;
    private readonly AdamW.Options _options = options.Checked("radam");

    public override void Apply(UpdatedParameter at, double rate, double decay)
    {
        Follow(at, Decayed(at, decay), _options.Beta1, _options.Beta2);
        var power = Math.Pow(_options.Beta2, at.Step);
        var (first, second) = (1 - Math.Pow(_options.Beta1, at.Step), 1 - power);
        var longest = (2 / (1 - _options.Beta2)) - 1;
        var length = longest - (2 * at.Step * power / second);
        if (length <= Reliable)
        {
            at.Weight.add_(at.First, -rate / first);
            return;
        }

        var correction = Math.Sqrt(
            (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
        var size = at.Second!.sqrt().add_(_options.Epsilon);
        at.Weight.addcdiv_(at.First, size, -rate / first * correction * Math.Sqrt(second));
    }
}
