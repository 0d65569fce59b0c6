using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// AdamW, Loshchilov and Hutter 2019, arXiv 1711.05101: w -= lr wd w; m and v the decaying means of g and g^2;
/// w -= lr m / (1 - beta1^t) / (sqrt(v) / sqrt(1 - beta2^t) + eps). One operator call per line for all parameters together.
/// </summary>
public partial class AdamW : OptimizerHelper
{
    private readonly Options _defaults;

    public AdamW(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
    {
    }

    public AdamW(IEnumerable<ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
    {
        if (!(lr >= 0)) throw new ArgumentException($"The learning rate must not be negative, it is {lr}.", nameof(lr));
        if (!(eps >= 0)) throw new ArgumentException($"eps must not be negative, it is {eps}.", nameof(eps));
        if (!(beta1 is >= 0 and < 1)) throw new ArgumentException($"beta1 must be from 0 to below 1, it is {beta1}.", nameof(beta1));
        if (!(beta2 is >= 0 and < 1)) throw new ArgumentException($"beta2 must be from 0 to below 1, it is {beta2}.", nameof(beta2));
        if (!(weight_decay >= 0)) throw new ArgumentException($"The weight decay must not be negative, it is {weight_decay}.", nameof(weight_decay));
        _defaults = new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, amsgrad = amsgrad, maximize = maximize };
        foreach (ParamGroup group in parameters) add_param_group(group);
    }

    public override void add_param_group(Modules.ParamGroup param_group)
    {
        Options options = (Options)(param_group.Options ??= new Options());
        options.LearningRate ??= _defaults.LearningRate;
        options.beta1 ??= _defaults.beta1;
        options.beta2 ??= _defaults.beta2;
        options.eps ??= _defaults.eps;
        options.weight_decay ??= _defaults.weight_decay;
        options.amsgrad ??= _defaults.amsgrad;
        options.maximize ??= _defaults.maximize;
        Adopt(param_group, parameter => new State(parameter));
    }

    public override Tensor? step(Func<Tensor>? closure = null) => Step(closure, group =>
    {
        Options options = (Options)group.Options;
        // Parameters that had no gradient in some step lag behind in their own count of steps.
        var ready = group.Parameters.Select(p => (State: (State)StateOf(p), Grad: p.grad)).Where(p => p.Grad is not null);
        foreach (var bucket in ready.GroupBy(p => ++p.State.step))
            Update([.. bucket.Select(p => p.State)], [.. bucket.Select(p => p.Grad)], bucket.Key, options);
    });

    private static void Update(State[] states, Tensor?[] grads, long step, Options options)
    {
        double lr = options.LearningRate!.Value, beta1 = options.beta1!.Value, beta2 = options.beta2!.Value;
        Tensor?[] weights = Array.ConvertAll(states, s => s.Parameter), means = Array.ConvertAll(states, s => s.exp_avg), squares = Array.ConvertAll(states, s => s.exp_avg_sq);
        if (options.maximize!.Value) grads = Aten._foreach_neg.CallMany(grads);

        Aten._foreach_mul__Scalar.Run(weights, 1 - (lr * options.weight_decay!.Value));
        Aten._foreach_mul__Scalar.Run(means, beta1);
        Aten._foreach_add__List.Run(means, grads, 1 - beta1);
        Aten._foreach_mul__Scalar.Run(squares, beta2);
        Aten._foreach_addcmul__Scalar.Run(squares, grads, grads, 1 - beta2);

        Tensor[] denominators = Aten._foreach_sqrt.CallMany(options.amsgrad!.Value ? LargestSquares(states) : squares);
        Aten._foreach_div__Scalar.Run(denominators, Math.Sqrt(1 - Math.Pow(beta2, step)));
        Aten._foreach_add__Scalar.Run(denominators, options.eps!.Value);
        Aten._foreach_addcdiv__Scalar.Run(weights, means, denominators, -lr / (1 - Math.Pow(beta1, step)));
    }

    private static Tensor?[] LargestSquares(State[] states)
    {
        foreach (State state in states) state.max_exp_avg_sq!.copy_(state.max_exp_avg_sq.maximum(state.exp_avg_sq));
        return Array.ConvertAll(states, s => s.max_exp_avg_sq);
    }
}
