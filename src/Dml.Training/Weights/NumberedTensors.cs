using Dml.Training.Backbones;
using static TorchSharp.torch;

namespace Dml.Training.Weights;

/// <summary>Tensors whose elements are numbered through from 0, one tensor after the other.</summary>
internal sealed class NumberedTensors
{
    private readonly IReadOnlyList<Tensor> tensors;
    private readonly float[][] values;
    private readonly long[] firsts;

    internal NumberedTensors(IReadOnlyList<Tensor> tensors)
    {
        this.tensors = tensors;
        values = [.. tensors.Select(t => new float[t.numel()])];
        firsts = new long[values.Length];
        for (var i = 1; i < firsts.Length; i++)
        {
            firsts[i] = firsts[i - 1] + values[i - 1].Length;
        }
    }

    /// <summary>Writes a value of its number into every element.</summary>
    internal void Write(Func<long, long> valueOf)
    {
        for (var t = 0; t < tensors.Count; t++)
        {
            var first = firsts[t];
            tensors[t].FromFloats([.. Enumerable.Range(0, values[t].Length).Select(i => (float)valueOf(first + i))]);
        }
    }

    /// <summary>Keeps a value for the element of this number.</summary>
    /// <exception cref="InvalidDataException">There is no such element: the exporter does more than move weights.</exception>
    internal void Set(long number, float value, string path)
    {
        var tensor = Array.BinarySearch(firsts, number) is >= 0 and var exact ? exact : ~Array.BinarySearch(firsts, number) - 1;
        // Empty tensors share their first number with the one behind.
        while (tensor >= 0 && tensor + 1 < firsts.Length && firsts[tensor + 1] <= number)
        {
            tensor++;
        }

        if (tensor < 0 || number - firsts[tensor] >= values[tensor].Length)
        {
            throw new InvalidDataException($"'{path}': this network's export changes its weights, so they cannot be read back from it.");
        }

        values[tensor][number - firsts[tensor]] = value;
    }

    /// <summary>Writes what was kept.</summary>
    internal void Write()
    {
        for (var t = 0; t < tensors.Count; t++)
        {
            tensors[t].FromFloats(values[t]);
        }
    }
}
