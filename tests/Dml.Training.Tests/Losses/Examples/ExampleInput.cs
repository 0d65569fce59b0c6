using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

/// <summary>An input of a worked example.</summary>
/// <param name="Values">Row-major.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Gradient">Expected, row-major; not a number where nothing was computed, empty where nothing was at all.</param>
internal sealed record ExampleInput(double[] Values, long[] Shape, double[] Gradient)
{
    private const double Unknown = double.NaN;

    internal static ExampleInput Rows(double[] values, int dimension, params double[] gradient)
        => new(values, [values.Length / dimension, dimension], gradient);

    /// <summary>Only some rows of the gradient are known.</summary>
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
