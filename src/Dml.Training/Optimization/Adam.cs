namespace Dml.Training.Optimization;

/// <summary>
/// D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, arXiv 1412.6980; the weight decay is part of the gradient.
/// </summary>
internal sealed class Adam(AdamW.Options options) : UpdateRule
{
    private readonly AdamW.Options _options = options.Checked("adam");

    public override void Apply(UpdatedParameter at, double rate, double decay)
    {
        Follow(at, Decayed(at, decay), _options.Beta1, _options.Beta2);
        AdamW.Move(at, rate, _options);
    }
}
