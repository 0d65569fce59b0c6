using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

/// <summary>The result of a worked example.</summary>
/// <param name="Got">The computed loss.</param>
/// <param name="GradientError">The largest difference from the expected gradients; null if none are known.</param>
/// <param name="DifferenceError">The largest difference of the gradients from central differences, relative for gradients above 1.</param>
internal sealed record ExampleRun(double Got, double? GradientError, double DifferenceError)
{
    private const double Step = 1e-5;

    internal static ExampleRun Of(WorkedExample example)
    {
        using var scope = NewDisposeScope();
        var leaves = example.Inputs.Select(input => input.Leaf()).ToArray();
        var value = example.Value(leaves);
        value.backward();
        double? error = null;
        var differences = 0.0;
        for (var i = 0; i < leaves.Length; i++)
        {
            var gradient = leaves[i].grad is { } own ? own.data<double>().ToArray() : new double[example.Inputs[i].Values.Length];
            foreach (var (expected, got) in example.Inputs[i].Gradient.Zip(gradient).Where(pair => !double.IsNaN(pair.First)))
            {
                error = Math.Max(error ?? 0, Math.Abs(expected - got));
            }

            for (var entry = 0; entry < gradient.Length; entry++)
            {
                var difference = (Moved(i, entry, Step) - Moved(i, entry, -Step)) / (2 * Step);
                differences = Math.Max(differences, Math.Abs(difference - gradient[entry]) / Math.Max(1, Math.Abs(difference)));
            }
        }

        return new(value.item<double>(), error, differences);

        double Moved(int input, int entry, double move)
        {
            using var inner = NewDisposeScope();
            var at = example.Inputs.Select((given, i) =>
            {
                double[] values = [.. given.Values];
                if (i == input)
                {
                    values[entry] += move;
                }

                return tensor(values, given.Shape);
            }).ToArray();
            return example.Value(at).item<double>();
        }
    }
}
