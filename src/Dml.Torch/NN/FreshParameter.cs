using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>PyTorch's starting values of linear and convolution layers, drawn in PyTorch's order.</summary>
internal static class FreshParameter
{
    /// <summary>Kaiming uniform with a = sqrt 5: uniform on +-1/sqrt(fan in).</summary>
    public static Parameter KaimingUniform(long[] shape, Device? device, ScalarType? dtype)
    {
        Parameter parameter = new(empty(shape, dtype, device));
        nn.init.kaiming_uniform_(parameter, Math.Sqrt(5)).Dispose();
        return parameter;
    }

    /// <summary>Uniform on +-1/sqrt(fan in of the weight).</summary>
    public static Parameter Bias(long size, Parameter weight, Device? device, ScalarType? dtype)
    {
        Parameter parameter = new(empty(size, dtype, device));
        double bound = 1 / Math.Sqrt(nn.init.CalculateFanInAndFanOut(weight).fanIn);
        nn.init.uniform_(parameter, -bound, bound).Dispose();
        return parameter;
    }
}
