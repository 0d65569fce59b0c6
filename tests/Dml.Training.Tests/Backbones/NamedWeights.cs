using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

/// <summary>
/// Weights drawn from their own names by a 32-bit linear congruential generator, so that any implementation can be given the same ones:
/// s0 = sum of (j + 1) * character; s = 1664525 s + 1013904223 before each element; u = s / 2^32 - 0.5.
/// </summary>
internal static class NamedWeights
{
    internal static double[] Draw(string name, long count)
    {
        uint state = 0;
        for (var j = 0; j < name.Length; j++)
        {
            state += (uint)(j + 1) * name[j];
        }

        var values = new double[count];
        for (var i = 0; i < count; i++)
        {
            state = unchecked((1664525 * state) + 1013904223);
            values[i] = (state / 4294967296.0) - 0.5;
        }

        return values;
    }

    internal static Tensor Input(int side) =>
        tensor(Enumerable.Range(0, 3 * side * side).Select(i => (float)Math.Sin(0.01 * i)).ToArray(), [1, 3, side, side]);
}
