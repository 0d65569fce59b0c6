using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Stochastic gradient descent with momentum, as PyTorch defines it: b = momentum b + (1 - dampening) g; w -= lr b.</summary>
public partial class SGD : OptimizerHelper
{
    private readonly Options _defaults;

    public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0.0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
    {
    }

    public SGD(IEnumerable<ParamGroup> parameters, double lr, double momentum = 0.0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
    {
        if (!(lr >= 0)) throw new ArgumentException($"The learning rate must not be negative, it is {lr}.", nameof(lr));
        if (!(momentum >= 0)) throw new ArgumentException($"The momentum must not be negative, it is {momentum}.", nameof(momentum));
        if (!(weight_decay >= 0)) throw new ArgumentException($"The weight decay must not be negative, it is {weight_decay}.", nameof(weight_decay));
        if (nesterov && (momentum <= 0 || dampening != 0)) throw new ArgumentException("Nesterov's method needs a momentum and no dampening.", nameof(nesterov));
        _defaults = new Options { LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov, maximize = maximize };
        foreach (ParamGroup group in parameters) add_param_group(group);
    }

    public override void add_param_group(Modules.ParamGroup param_group)
    {
        Options options = (Options)(param_group.Options ??= new Options());
        options.LearningRate ??= _defaults.LearningRate;
        options.momentum ??= _defaults.momentum;
        options.dampening ??= _defaults.dampening;
        options.weight_decay ??= _defaults.weight_decay;
        options.nesterov ??= _defaults.nesterov;
        options.maximize ??= _defaults.maximize;
        Adopt(param_group, parameter => new State(parameter));
    }

    public override Tensor? step(Func<Tensor>? closure = null) => Step(closure, group =>
    {
        Options options = (Options)group.Options;
        foreach (Parameter parameter in group.Parameters)
            if (parameter.grad is { } grad) Update((State)StateOf(parameter), grad, options);
    });

    private static void Update(State state, Tensor grad, Options options)
    {
        if (options.maximize!.Value) grad = -grad;
        if (options.weight_decay!.Value != 0) grad = grad.add(state.Parameter, options.weight_decay.Value);
        double momentum = options.momentum!.Value;
        if (momentum != 0)
        {
            if (state.momentum_buffer is null) state.momentum_buffer = grad.clone().DetachFromDisposeScope();
            else state.momentum_buffer.mul_(momentum).add_(grad, 1 - options.dampening!.Value);
            grad = options.nesterov!.Value ? grad.add(state.momentum_buffer, momentum) : state.momentum_buffer;
        }
        state.Parameter.add_(grad, -options.LearningRate!.Value);
    }
}
