using Dml.Onnx;

namespace Dml.Training.Onnx;

/// <summary>
/// The network in whole numbers of 8 bits. Convolutions: every value between two of them is rounded to the range it had in calibration
/// (quantize-dequantize pairs, which ONNX Runtime takes together with their convolution into one integer kernel). Linear layers:
/// activations are rounded as they come, by their own least and greatest. Weights: once, per output.
/// B. Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, CVPR 2018, arXiv
/// 1712.05877.
/// </summary>
/// <param name="ranges">By number of the value.</param>
internal sealed class QuantizedGraph(IReadOnlyList<ActivationRange> ranges) : ActivationGraph
{
    private readonly Dictionary<string, string[]> _dynamic = [];

    internal override string InnerLinear(string input, float[] weight, float[] bias)
    {
        var outputs = bias.Length;
        var rows = QuantizedRows.Of(weight, outputs);
        if (!_dynamic.TryGetValue(input, out var values))
        {
            values = Add("DynamicQuantizeLinear", 3, [input]);
            _dynamic.Add(input, values);
        }

        var sums = Add(
            "MatMulInteger",
            [values[0], SignedBytes(TensorContent.Transposed(rows.Values, outputs), weight.Length / outputs, outputs), values[2]]);
        // In exactly this form, ONNX Runtime takes the product and everything around it for one node.
        return Add(Mul(ToFloats(sums), Mul(values[1], Floats(rows.Scales, outputs))), Floats(bias, outputs));
    }

    private protected override string Convolution(
        string input, int number, float[] weight, long[] shape, float[] bias, int stride, int padding) =>
        IntegerConv(input, number, QuantizedRows.Of(weight, bias.Length), shape, bias, stride, padding, groups: 1);

    // A convolution of each channel with nine equal weights, which ONNX Runtime computes many times faster than a mean of bytes.
    private protected override string AveragePool3x3(string input, int number, int channels)
    {
        var ninths = new float[9 * channels];
        ninths.AsSpan().Fill(1f / 9);
        return IntegerConv(input, number, QuantizedRows.Of(ninths, channels), [channels, 1, 3, 3], new float[channels], 1, 1, channels);
    }

    private string IntegerConv(
        string input, int number, QuantizedRows rows, long[] shape, float[] bias, int stride, int padding, int groups)
    {
        var (sums, sumScales) = rows.Bias(bias, ranges[number].Scale);
        var weights = Add(
            "DequantizeLinear",
            [SignedBytes(rows.Values, shape), Floats(rows.Scales, bias.Length), SignedBytes(new sbyte[bias.Length], bias.Length)],
            Int("axis", 0));
        var biases = Add("DequantizeLinear", [Integers(sums), Floats(sumScales, bias.Length)], Int("axis", 0));
        return Conv(input, weights, biases, shape, stride, padding, groups);
    }

    private protected override string Activation(string value, int number)
    {
        var (scale, zero) = (Floats([ranges[number].Scale]), Byte(ranges[number].ZeroPoint));
        return Add("DequantizeLinear", [Add("QuantizeLinear", [value, scale, zero]), scale, zero]);
    }
}
