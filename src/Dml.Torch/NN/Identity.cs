using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The input, as a new tensor object on the same memory.</summary>
public sealed class Identity : ParameterLessModule<Tensor, Tensor>
{
    internal Identity() : base(nameof(Identity))
    {
    }

    public override Tensor forward(Tensor tensor) => tensor.alias();
}
