using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

/// <summary>Compares the gradients of autograd with central differences in double precision.</summary>
internal static class Gradients
{
    internal static void CheckByDifferences(Func<Tensor, Tensor> function, double[] at, params long[] shape)
    {
        using var scope = NewDisposeScope();
        var leaf = ReferenceBatch.Leaf(at, shape);
        function(leaf).backward();
        var gradient = leaf.grad!.data<double>().ToArray();
        const double step = 1e-5;
        for (var i = 0; i < at.Length; i++)
        {
            var difference = (Value(i, step) - Value(i, -step)) / (2 * step);
            Assert.True(Math.Abs(difference - gradient[i]) <= 1e-6 * Math.Max(1, Math.Abs(difference)),
                $"entry {i}: differences {difference:R}, autograd {gradient[i]:R}");
        }

        double Value(int index, double move)
        {
            using var inner = NewDisposeScope();
            double[] moved = [.. at];
            moved[index] += move;
            return function(tensor(moved, shape)).item<double>();
        }
    }
}
