using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Optimization;

/// <summary>
/// I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, arXiv 1711.05101; betas 0.9 and 0.999, eps 1e-8.
/// Our own, because its moments go into the checkpoint by parameter name, each with its step count.
/// </summary>
internal sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private readonly List<Slot> slots = [];

    internal AdamW(IEnumerable<ParameterGroup> groups)
    {
        using var noGradient = no_grad();
        foreach (var group in groups)
        {
            foreach (var member in group.Parameters)
            {
                slots.Add(new Slot(
                    member,
                    group,
                    zeros_like(member.Parameter).DetachFromDisposeScope(),
                    zeros_like(member.Parameter).DetachFromDisposeScope()));
            }
        }
    }

    /// <summary>What a checkpoint must hold besides the weights: moments by name, and the steps each parameter has taken.</summary>
    internal IEnumerable<(string Name, Tensor First, Tensor Second)> Moments => slots.Select(s => (s.Member.Name, s.First, s.Second));

    internal long[] Steps
    {
        get => [.. slots.Select(s => s.Steps)];
        set
        {
            for (var i = 0; i < slots.Count; i++)
            {
                slots[i].Steps = value[i];
            }
        }
    }

    internal void ZeroGradients()
    {
        foreach (var slot in slots)
        {
            slot.Member.Parameter.grad = null;
        }
    }

    /// <summary>Scales all gradients down so that their joint Euclidean norm is at most <paramref name="limit"/>.</summary>
    internal void ClipGradients(double limit)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var gradients = slots.Select(s => s.Member.Parameter.grad).OfType<Tensor>().ToList();
        var norm = Math.Sqrt(gradients.Sum(g => g.pow(2).sum().item<float>()));
        if (norm > limit)
        {
            foreach (var gradient in gradients)
            {
                gradient.mul_(limit / norm);
            }
        }
    }

    /// <summary>One update of every parameter that has a gradient.</summary>
    /// <param name="learningRate">The rate of the moment, before each group's factor.</param>
    internal void Step(double learningRate)
    {
        using var noGradient = no_grad();
        foreach (var slot in slots)
        {
            using var scope = NewDisposeScope();
            if (slot.Member.Parameter.grad is { } gradient)
            {
                Update(slot, gradient, learningRate * slot.Group.LearningRateFactor);
            }
        }
    }

    private static void Update(Slot slot, Tensor gradient, double rate)
    {
        slot.Steps++;
        var correction1 = 1 - Math.Pow(Beta1, slot.Steps);
        var correction2 = Math.Sqrt(1 - Math.Pow(Beta2, slot.Steps));
        var parameter = slot.Member.Parameter;
        if (slot.Member.WeightDecay > 0)
        {
            parameter.mul_(1 - (rate * slot.Member.WeightDecay));
        }

        slot.First.mul_(Beta1).add_(gradient, 1 - Beta1);
        slot.Second.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        parameter.addcdiv_(slot.First, slot.Second.sqrt().div_(correction2).add_(Epsilon), -rate / correction1);
    }

    public void Dispose()
    {
        foreach (var slot in slots)
        {
            slot.First.Dispose();
            slot.Second.Dispose();
        }
    }

    private sealed class Slot(ParameterGroup.Member member, ParameterGroup group, Tensor first, Tensor second)
    {
        internal ParameterGroup.Member Member => member;

        internal ParameterGroup Group => group;

        internal Tensor First => first;

        internal Tensor Second => second;

        internal long Steps { get; set; }
    }
}
