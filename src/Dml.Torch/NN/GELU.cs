using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>x times the normal distribution function at x; exact unless the tanh approximation is asked for.</summary>
public sealed class GELU : ParameterLessModule<Tensor, Tensor>
{
    internal GELU(bool inplace, Approximate approximate) : base(nameof(GELU)) => (this.inplace, this.approximate) = (inplace, approximate);

    public enum Approximate
    {
        none,
        tanh,
    }

    public bool inplace { get; }
    public Approximate approximate { get; }

    public override Tensor forward(Tensor tensor) => nn.functional.gelu(tensor, approximate, inplace);
}
