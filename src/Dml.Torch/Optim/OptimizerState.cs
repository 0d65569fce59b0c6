using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What an optimizer remembers of one parameter.</summary>
public abstract class OptimizerState
{
    protected OptimizerState(Parameter parameter) => Parameter = parameter;

    internal Parameter Parameter { get; }

    public abstract void Initialize(OptimizerOptions options);

    public abstract void LoadStateDict(OptimizerState source);

    public abstract void to(Device device);

    private protected Tensor Zeros() => zeros_like(Parameter).DetachFromDisposeScope();

    /// <summary>Replaces a tensor of the state by a copy of another, on the parameter's device.</summary>
    private protected void Replace(ref Tensor target, Tensor source)
    {
        Tensor copy = source.to(Parameter.device, copy: true).DetachFromDisposeScope();
        target.Dispose();
        target = copy;
    }
}
