namespace Dml.Onnx;

/// <summary>Takes batch normalisations into the convolutions before them, as they compute after training.</summary>
public static class BatchNormFolding
{
    private const float UsualEpsilon = 1e-5f;

    /// <summary>Folds every BatchNormalization that alone reads the result of a Conv; the others stay.</summary>
    public static void Fold(GraphProto graph)
    {
        var constants = graph.Constants();
        var readers = graph.Readers();
        foreach (var norm in graph.Node.Where(node => node.OpType == "BatchNormalization").ToArray())
        {
            var convolution = graph.Node.FirstOrDefault(node => node.OpType == "Conv" && node.Output[0] == norm.Input[0]);
            if (convolution is not null
                && readers[convolution.Output[0]].Count() == 1
                && Constant(constants, convolution, 1) is { } weight
                && Constant(constants, norm, 1) is { } scale
                && Constant(constants, norm, 2) is { } offset
                && Constant(constants, norm, 3) is { } mean
                && Constant(constants, norm, 4) is { } variance
                && Shift(constants, convolution, mean.Length) is { } shift
                && mean.Length > 0 && weight.Length % mean.Length == 0
                && new[] { scale, offset, variance, shift }.All(values => values.Length == mean.Length))
            {
                var epsilon = norm.Attribute.FirstOrDefault(attribute => attribute.Name == "epsilon")?.F ?? UsualEpsilon;
                var filter = weight.Length / mean.Length;
                for (var output = 0; output < mean.Length; output++)
                {
                    var factor = scale[output] / MathF.Sqrt(variance[output] + epsilon);
                    weight.AsSpan(output * filter, filter).Multiply(factor);
                    shift[output] = ((shift[output] - mean[output]) * factor) + offset[output];
                }

                Replace(graph, convolution, norm, constants[convolution.Input[1]], weight, shift);
            }
        }
    }

    private static void Replace(
        GraphProto graph, NodeProto convolution, NodeProto norm, TensorProto oldWeight, float[] weight, float[] shift)
    {
        var name = norm.Output[0];
        graph.Initializer.Add(TensorContent.OfFloats($"{name}/weight", weight, [.. oldWeight.Dims]));
        graph.Initializer.Add(TensorContent.OfFloats($"{name}/bias", shift, shift.Length));
        var folded = convolution.Clone();
        folded.Input.Clear();
        folded.Input.Add([convolution.Input[0], $"{name}/weight", $"{name}/bias"]);
        folded.Output[0] = name;
        graph.Node[graph.Node.IndexOf(convolution)] = folded;
        graph.Node.Remove(norm);
    }

    private static float[]? Constant(Dictionary<string, TensorProto> constants, NodeProto node, int input) =>
        input < node.Input.Count && constants.TryGetValue(node.Input[input], out var tensor) ? tensor.Floats() : null;

    private static float[]? Shift(Dictionary<string, TensorProto> constants, NodeProto convolution, int outputs) =>
        convolution.Input.Count > 2 && convolution.Input[2].Length > 0
            ? Constant(constants, convolution, 2)
            : new float[outputs];

    private static void Multiply(this Span<float> values, float factor)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] *= factor;
        }
    }
}
