using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Optimization;

/// <summary>
/// An update rule over groups that keep their ratio of learning rates, with its moments by parameter name for checkpoints.
/// </summary>
internal sealed class GroupedOptimizer : IDisposable
{
    private readonly UpdateRule _rule;
    private readonly List<Member> _members;

    internal GroupedOptimizer(UpdateRule rule, IReadOnlyList<ParameterGroup> groups)
    {
        _rule = rule;
        using var noGradient = no_grad();
        _members =
        [
            .. groups.SelectMany(group => group.Parameters.Select(p => new Member(
                p.Name, p.Parameter, group, Moment(p.Parameter), rule.HasSecondMoment ? Moment(p.Parameter) : null))),
        ];

        static Tensor Moment(Tensor like) => zeros_like(like).DetachFromDisposeScope();
    }

    /// <summary>First and, where the rule has them, second moments of every parameter: the live tensors.</summary>
    internal IEnumerable<(string Name, Tensor First, Tensor? Second)> Moments => _members.Select(m => (m.Name, m.First, m.Second));

    /// <summary>Updates each parameter has had, in the order of <see cref="Moments"/>.</summary>
    internal long[] Steps
    {
        get => [.. _members.Select(m => m.Steps)];
        set
        {
            for (var i = 0; i < _members.Count; i++)
            {
                _members[i].Steps = value[i];
            }
        }
    }

    internal void ZeroGradients()
    {
        foreach (var gradient in Gradients)
        {
            gradient.zero_();
        }
    }

    /// <summary>Cuts every number of the gradients to at most <paramref name="limit"/> in size.</summary>
    internal void ClipValues(double limit)
    {
        using var noGradient = no_grad();
        foreach (var gradient in Gradients)
        {
            gradient.clamp_(-limit, limit);
        }
    }

    /// <summary>Scales all gradients down so that their joint Euclidean norm is at most <paramref name="limit"/>.</summary>
    internal void ClipNorm(double limit)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var gradients = Gradients.ToList();
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
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var member in _members)
        {
            if (member.Parameter.grad is { } gradient)
            {
                member.Steps++;
                _rule.Apply(
                    new(member.Parameter, gradient, member.First, member.Second, member.Steps),
                    learningRate * member.Group.LearningRateFactor,
                    member.Group.WeightDecay);
            }
        }
    }

    private IEnumerable<Tensor> Gradients => _members.Select(m => m.Parameter.grad).OfType<Tensor>();

    public void Dispose()
    {
        foreach (var member in _members)
        {
            member.First.Dispose();
            member.Second?.Dispose();
        }
    }

    private sealed class Member(string name, Parameter parameter, ParameterGroup group, Tensor first, Tensor? second)
    {
        public string Name { get; } = name;

        public Parameter Parameter { get; } = parameter;

        public ParameterGroup Group { get; } = group;

        public Tensor First { get; } = first;

        public Tensor? Second { get; } = second;

        public long Steps { get; set; }
    }
}
