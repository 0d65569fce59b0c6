using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

/// <summary>A small input whose loss and gradients were computed elsewhere.</summary>
/// <param name="Method">The line of the loss catalogue.</param>
/// <param name="Variant">The form of the method.</param>
/// <param name="Expected">The expected loss.</param>
/// <param name="Value">Computes the loss of the inputs in double precision.</param>
/// <param name="Inputs">The inputs that the loss is differentiated by.</param>
internal sealed record WorkedExample(
    string Method, string Variant, double Expected, Func<Tensor[], Tensor> Value, params ExampleInput[] Inputs)
{
    /// <summary>Decimals of the expected numbers.</summary>
    public int Decimals { get; init; } = 6;

    /// <summary>False if a part of the loss is treated as a constant, so that the gradient differs from central differences.</summary>
    public bool IsWholeGradient { get; init; } = true;

    /// <summary>The largest error that rounding to the given decimals can cause.</summary>
    public double Tolerance => 1.01 * Math.Pow(10, -Decimals);

    public override string ToString() => $"{Method}, {Variant}";
}
