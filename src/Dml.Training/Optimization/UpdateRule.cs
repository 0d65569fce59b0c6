using static TorchSharp.torch;

namespace Dml.Training.Optimization;

/// <summary>How an optimizer changes one parameter.</summary>
public abstract class UpdateRule
{
    /// <summary>Whether the rule keeps a running mean of the squared gradients.</summary>
    public virtual bool HasSecondMoment => true;

    /// <summary>Changes the parameter and its moments in place; called without gradients being recorded.</summary>
    /// <param name="at">The parameter and what belongs to it.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="decay">The weight decay.</param>
    public abstract void Apply(UpdatedParameter at, double rate, double decay);

    /// <summary>m = beta1 m + (1 - beta1) g and v = beta2 v + (1 - beta2) g^2, in place.</summary>
    private protected static void Follow(UpdatedParameter at, Tensor gradient, double beta1, double beta2)
    {
        at.First.mul_(beta1).add_(gradient, 1 - beta1);
        at.Second!.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
    }

    /// <summary>The gradient with the weight decay of a rule that does not decouple it.</summary>
    private protected static Tensor Decayed(UpdatedParameter at, double decay) =>
        decay == 0 ? at.Gradient : at.Gradient.add(at.Weight, decay);
}
