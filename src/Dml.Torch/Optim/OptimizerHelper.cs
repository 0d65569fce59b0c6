using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What optimizers of this library share: groups, states by parameter, saving and restoring.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    private readonly Dictionary<Parameter, OptimizerState> _state = new(ReferenceEqualityComparer.Instance);

    public virtual StateDictionary state_dict()
    {
        StateDictionary dictionary = new();
        int next = 0;
        foreach (ParamGroup group in _parameter_groups)
        {
            dictionary.Options.Add(group.Options);
            dictionary.StateIndexRef.Add([.. group.Parameters.Select(_ => next++)]);
            dictionary.State.AddRange(group.Parameters.Select(StateOf));
        }
        return dictionary;
    }

    /// <summary>Takes over options and states of an optimizer with groups of the same shape.</summary>
    public virtual void load_state_dict(StateDictionary state_dict)
    {
        StateDictionary own = this.state_dict();
        if (own.Options.Count != state_dict.Options.Count || own.State.Count != state_dict.State.Count)
            throw new ArgumentException($"The state holds {state_dict.Options.Count} groups with {state_dict.State.Count} parameters, this optimizer {own.Options.Count} with {own.State.Count}.", nameof(state_dict));
        foreach ((OptimizerOptions mine, OptimizerOptions given) in own.Options.Zip(state_dict.Options))
            if (!ReferenceEquals(mine, given)) mine.LoadStateDict(given);
        foreach ((OptimizerState mine, OptimizerState given) in own.State.Zip(state_dict.State))
            if (!ReferenceEquals(mine, given)) mine.LoadStateDict(given);
    }

    /// <summary>Moves the states to a device; call it after moving the module.</summary>
    public void to(Device device)
    {
        foreach (OptimizerState state in _state.Values) state.to(device);
    }

    private protected OptimizerState StateOf(Parameter parameter) => _state[parameter];

    private protected void Adopt(ParamGroup group, Func<Parameter, OptimizerState> newState)
    {
        // Enumerated once: a lazy sequence must not give other parameters at the next step.
        Parameter[] parameters = [.. group.Parameters];
        group.Parameters = parameters;
        group.Options.InitialLearningRate = group.LearningRate;
        foreach (Parameter parameter in parameters)
        {
            OptimizerState state = newState(parameter);
            if (!_state.TryAdd(parameter, state)) throw new ArgumentException("A parameter is in the groups twice.", nameof(group));
            state.Initialize(group.Options);
        }
        _parameter_groups.Add(group);
    }

    private protected Tensor? Step(Func<Tensor>? closure, Action<ParamGroup> body)
    {
        Tensor? loss = null;
        if (closure is not null)
        {
            using IDisposable grad = enable_grad();
            loss = closure();
        }
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (ParamGroup group in _parameter_groups) body(group);
        return loss;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (OptimizerState state in _state.Values) (state as IDisposable)?.Dispose();
        _state.Clear();
        base.Dispose(disposing);
    }
}
