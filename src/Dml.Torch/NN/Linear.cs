using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>y = x weight^T + bias; weight is [out, in].</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
    {
        (in_features, out_features) = (inputSize, outputSize);
        weight = FreshParameter.KaimingUniform([outputSize, inputSize], device, dtype);
        bias = hasBias ? FreshParameter.Bias(outputSize, weight, device, dtype) : null;
        RegisterComponents();
    }

    internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
    {
        (out_features, in_features) = (weight.size(0), weight.size(1));
        this.weight = weight;
        this.bias = bias;
        RegisterComponents();
    }

    [field: ComponentName(Name = nameof(weight))]
    public Parameter weight { get; }

    [field: ComponentName(Name = nameof(bias))]
    public Parameter? bias { get; }

    public long in_features { get; }
    public long out_features { get; }

    public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);
}
