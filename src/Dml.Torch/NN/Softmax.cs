using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Exponentials along a dimension, scaled to sum to one.</summary>
public sealed class Softmax : ParameterLessModule<Tensor, Tensor>
{
    internal Softmax(long dim) : base(nameof(Softmax)) => this.dim = dim;

    public long dim { get; }

    public override Tensor forward(Tensor tensor) => tensor.softmax(dim);
}
