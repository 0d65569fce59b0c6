using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Optimization;

/// <summary>AdamW whose groups keep their ratio of learning rates, with its moments by parameter name for checkpoints.</summary>
internal sealed class GroupedAdamW : IDisposable
{
    private readonly AdamW _adam;
    private readonly IReadOnlyList<ParameterGroup> _groups;
    private readonly List<(string Name, Parameter Parameter, AdamW.State State)> _members;

    internal GroupedAdamW(IReadOnlyList<ParameterGroup> groups)
    {
        _groups = groups;
        _adam = optim.AdamW([
            .. groups.Select(g => new AdamW.ParamGroup(g.Parameters.Select(p => p.Parameter).ToArray(), weight_decay: g.WeightDecay)),
        ]);
        _members =
        [
            .. groups.SelectMany(g => g.Parameters).Zip(_adam.state_dict().State, (p, state) => (p.Name, p.Parameter, (AdamW.State)state)),
        ];
    }

    /// <summary>First and second moments of every parameter: the live tensors.</summary>
    internal IEnumerable<(string Name, Tensor First, Tensor Second)> Moments =>
        _members.Select(m => (m.Name, m.State.exp_avg, m.State.exp_avg_sq));

    /// <summary>Updates each parameter has had, in the order of <see cref="Moments"/>.</summary>
    internal long[] Steps
    {
        get => [.. _members.Select(m => m.State.step)];
        set
        {
            for (var i = 0; i < _members.Count; i++)
            {
                _members[i].State.step = value[i];
            }
        }
    }

    internal void ZeroGradients() => _adam.zero_grad();

    /// <summary>Scales all gradients down so that their joint Euclidean norm is at most <paramref name="limit"/>.</summary>
    internal void ClipGradients(double limit)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var gradients = _members.Select(m => m.Parameter.grad).OfType<Tensor>().ToList();
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
    /// <param name="learningRate">The current rate, before each group's factor.</param>
    internal void Step(double learningRate)
    {
        foreach (var (controller, group) in _adam.ParamGroups.Zip(_groups))
        {
            controller.LearningRate = learningRate * group.LearningRateFactor;
        }

        _adam.step();
    }

    public void Dispose() => _adam.Dispose();
}
