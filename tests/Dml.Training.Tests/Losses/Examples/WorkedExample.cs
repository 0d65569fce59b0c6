using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

/// <summary>A small input whose loss and gradients were computed elsewhere.</summary>
/// <param name="Method">The line of the loss catalogue.</param>
/// <param name="Variant">Which of the method's forms.</param>
/// <param name="Expected">The loss.</param>
/// <param name="Value">The loss of the inputs, in double precision.</param>
/// <param name="Inputs">What the loss is differentiated by.</param>
internal sealed record WorkedExample(string Method, string Variant, double Expected, Func<Tensor[], Tensor> Value, params ExampleInput[] Inputs)
{
    /// <summary>Decimals that the expected numbers are given with.</summary>
    public int Decimals { get; init; } = 6;

    /// <summary>False where a part of the loss counts as a constant, so that differences tell something else than the gradient.</summary>
    public bool IsWholeGradient { get; init; } = true;

    /// <summary>The furthest that rounding to the given decimals can put a right number off.</summary>
    public double Tolerance => 1.01 * Math.Pow(10, -Decimals);

    public override string ToString() => $"{Method}, {Variant}";
}
