using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Weights;

/// <summary>Tensors whose elements are numbered consecutively from 0, one tensor after the other.</summary>
internal sealed class NumberedTensors
{
    private readonly IReadOnlyList<Tensor> _tensors;
    private readonly float[][] _values;
    private readonly long[] _firsts;

    internal NumberedTensors(IReadOnlyList<Tensor> tensors)
    {
        _tensors = tensors;
        _values = [.. tensors.Select(t => new float[t.numel()])];
        _firsts = new long[_values.Length];
        for (var i = 1; i < _firsts.Length; i++)
        {
            _firsts[i] = _firsts[i - 1] + _values[i - 1].Length;
        }
    }

    /// <summary>Writes a value of its number into every element.</summary>
    internal void Write(Func<long, long> valueOf)
    {
        for (var t = 0; t < _tensors.Count; t++)
        {
            var first = _firsts[t];
            _tensors[t].FromFloats([.. Enumerable.Range(0, _values[t].Length).Select(i => (float)valueOf(first + i))]);
        }
    }

    /// <summary>Keeps a value for the element of this number.</summary>
    /// <exception cref="InvalidDataException">The element does not exist: the exporter does more than move weights.</exception>
    internal void Set(long number, float value, string path)
    {
        var tensor = Array.BinarySearch(_firsts, number) is >= 0 and var exact ? exact : ~Array.BinarySearch(_firsts, number) - 1;
        // Empty tensors share their first number with the next one.
        while (tensor >= 0 && tensor + 1 < _firsts.Length && _firsts[tensor + 1] <= number)
        {
            tensor++;
        }

        if (tensor < 0 || number - _firsts[tensor] >= _values[tensor].Length)
        {
            throw new InvalidDataException($"'{path}': this network's export changes its weights, so they cannot be read back from it.");
        }

        _values[tensor][number - _firsts[tensor]] = value;
    }

    /// <summary>Writes the kept values.</summary>
    internal void Write()
    {
        for (var t = 0; t < _tensors.Count; t++)
        {
            _tensors[t].FromFloats(_values[t]);
        }
    }
}
