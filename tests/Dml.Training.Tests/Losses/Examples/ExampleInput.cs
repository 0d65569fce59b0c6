using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

/// <summary>An input of a worked example.</summary>
/// <param name="Values">The values, row-major.</param>
/// <param name="Shape">The shape.</param>
/// <param name="Gradient">The expected gradient, row-major; NaN for unknown entries, empty if none is known.</param>
internal sealed record ExampleInput(double[] Values, long[] Shape, double[] Gradient)
{
    private const double Unknown = double.NaN;

    internal static ExampleInput Rows(double[] values, int dimension, params double[] gradient)
        => new(values, [values.Length / dimension, dimension], gradient);

    /// <summary>An input of which only some rows of the gradient are known.</summary>
    internal static ExampleInput Rows(double[] values, int dimension, params (int Row, double[] Gradient)[] known)
    {
        var gradient = Enumerable.Repeat(Unknown, values.Length).ToArray();
        foreach (var (row, own) in known)
        {
            own.CopyTo(gradient, row * dimension);
        }

        return Rows(values, dimension, gradient);
    }

    internal static ExampleInput Vector(double[] values, params double[] gradient) => new(values, [values.Length], gradient);

    internal Tensor Leaf() => tensor(Values, Shape).requires_grad_(true);
}
