using Dml.Training.Losses.Wrappers;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

internal static class EnsembleExamples
{
    // The diversity term of the worked example.
    private const double Diversity = .01 * 1.0069836668;
    private static readonly double[] Losses = [2.3, .4, 3.1, .7];

    // At full precision, because the factor of the sum of the weights is 20000.
    private static readonly double[] Start = [.. new[] { 2, 1, 2, 3 }.Select(r => Math.Sqrt((r / 8.0) - (1.0 / 16)))];

    internal static IEnumerable<WorkedExample> All =>
    [
        new("ensemble-losses", "weights of sum 1", 1.6821812933 - Diversity, at => Of(at[0], at[1]),
            ExampleInput.Vector(Losses, .18168605, .43402778, .12807377, .97656250),
            ExampleInput.Vector(Start, 1.44757153, .69444444, 1.37534772, 2.03808279)) { Decimals = 7 },
        // Four decimals: the coefficients were given with eight digits, and gradients here are 40000 times as large.
        new("ensemble-losses", "weights too large", 13.2310578276 - Diversity, at => Of(at[0], at[1]),
            ExampleInput.Vector(Losses),
            ExampleInput.Vector([.. Start.Select(c => c + .01)], 602.22125187, 353.29104104, 602.14736012, 773.68085672)) { Decimals = 4 },
    ];

    private static Tensor Of(Tensor losses, Tensor coefficients)
        => EnsembleOfLosses.Combined(losses, tensor([2.15, .45, 3.05, .6]), coefficients, 100);
}
