namespace Dml.Training.Onnx;

/// <summary>
/// A graph that keeps account of the values between convolutions, which an 8-bit network rounds. The same network numbers
/// them the same way in every such graph.
/// </summary>
internal abstract class ActivationGraph : OnnxGraph
{
    private readonly Dictionary<string, int> _numbers = [];
    private readonly Dictionary<string, string> _replacements = [];

    /// <summary>Values numbered so far.</summary>
    private protected int Count { get; private set; }

    internal override string ConvRelu(string input, float[] weight, long[] shape, float[] bias, int stride, int padding)
    {
        input = Rounded(input);
        return Number(Relu(Convolution(input, _numbers[input], weight, shape, bias, stride, padding)), Count++);
    }

    internal override string InnerConv(string input, float[] weight, long[] shape, float[] bias, int stride, int padding)
    {
        input = Rounded(input);
        return Number(Convolution(input, _numbers[input], weight, shape, bias, stride, padding), Count++);
    }

    internal override string AddRelu(string left, string right) => Number(base.AddRelu(Rounded(left), Rounded(right)), Count++);

    // Maxima and means stay in the range of what they are taken from.
    internal override string MaxPool(string input, int kernel, int stride, int padding, bool ceiling = true)
    {
        input = Latest(input);
        var pooled = base.MaxPool(input, kernel, stride, padding, ceiling);
        // ONNX Runtime would pull the rounding that follows in front of the pool and then take its slow pool of bytes.
        // A maximum that changes nothing keeps them apart.
        return _numbers.TryGetValue(input, out var number) ? Number(pooled, number) : Add("Max", [pooled, Floats([float.MinValue])]);
    }

    internal override string AveragePool3x3(string input, int channels)
    {
        input = Rounded(input);
        return Number(AveragePool3x3(input, _numbers[input], channels), _numbers[input]);
    }

    internal override string ConcatChannels(params string[] maps)
    {
        maps = [.. maps.Select(Rounded)];
        int[] joined = [.. maps.Select(map => _numbers[map])];
        Join(joined);
        return Number(base.ConcatChannels(maps), joined[0]);
    }

    /// <summary>The convolution of a rounded value; the result is numbered afterwards.</summary>
    private protected virtual string Convolution(
        string input, int number, float[] weight, long[] shape, float[] bias, int stride, int padding) =>
        Conv(input, weight, shape, bias, stride, padding);

    /// <summary>The means of a rounded value; the result is numbered afterwards.</summary>
    private protected virtual string AveragePool3x3(string input, int number, int channels) => base.AveragePool3x3(input, channels);

    /// <summary>A value that got a number; returns the value that later nodes read instead.</summary>
    private protected abstract string Activation(string value, int number);

    /// <summary>These values are laid end to end: they need one range.</summary>
    private protected virtual void Join(int[] joined)
    {
    }

    private string Latest(string value) => _replacements.GetValueOrDefault(value, value);

    private string Rounded(string value)
    {
        value = Latest(value);
        return _numbers.ContainsKey(value) ? value : Number(value, Count++);
    }

    private string Number(string value, int number)
    {
        var replacement = Activation(value, number);
        _numbers[replacement] = number;
        _replacements[value] = replacement;
        return replacement;
    }
}
