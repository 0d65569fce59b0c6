using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Losses.Synthesis;

/// <summary>
/// Adam (D. P. Kingma, J. Ba, ICLR 2015, arXiv 1412.6980) for modules that a loss trains itself, with another objective than the network's.
/// Its moments are buffers, so that the loss's checkpoint contains them. Its parameters require gradients only during a step, so that the
/// trainer's optimizer ignores them.
/// </summary>
internal sealed class FlatAdam : nn.Module
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private readonly IReadOnlyList<Parameter> _members;
    [ComponentName(Name = "first")]
    private readonly Tensor _first;
    [ComponentName(Name = "second")]
    private readonly Tensor _second;
    [ComponentName(Name = "steps")]
    private readonly Tensor _steps;

    /// <summary>Creates the optimizer of these parameters, without any steps.</summary>
    internal FlatAdam(IEnumerable<Parameter> parameters) : base(nameof(FlatAdam))
    {
        _members = [.. parameters];
        var count = _members.Sum(p => p.numel());
        (_first, _second, _steps) = (zeros(count), zeros(count), zeros([1], ScalarType.Int64));
        Ask(false);
        RegisterComponents();
    }

    /// <summary>Takes one step that reduces the computed value; no step if it is not finite.</summary>
    /// <returns>The value.</returns>
    internal double Descend(Func<Tensor> compute, double learningRate)
    {
        using var scope = NewDisposeScope();
        using var gradient = enable_grad();
        Ask(true);
        try
        {
            var value = compute();
            var number = value.detach().to(float64).item<double>();
            if (double.IsFinite(number))
            {
                Step(autograd.grad([value], [.. _members]), learningRate);
            }

            return number;
        }
        finally
        {
            Ask(false);
        }
    }

    private void Step(IEnumerable<Tensor> gradients, double learningRate)
    {
        using var noGradient = no_grad();
        var gradient = cat([.. gradients.Select(g => g.flatten())]);
        _first.mul_(Beta1).add_(gradient * (1 - Beta1));
        _second.mul_(Beta2).add_(gradient.square() * (1 - Beta2));
        _steps.add_(1);
        var step = _steps.item<long>();
        var move = _first / (1 - Math.Pow(Beta1, step)) / ((_second / (1 - Math.Pow(Beta2, step))).sqrt() + Epsilon) * learningRate;
        var from = 0L;
        foreach (var member in _members)
        {
            member.sub_(move.narrow(0, from, member.numel()).view(member.shape));
            from += member.numel();
        }
    }

    private void Ask(bool gradients)
    {
        foreach (var member in _members)
        {
            member.requires_grad = gradients;
        }
    }
}
