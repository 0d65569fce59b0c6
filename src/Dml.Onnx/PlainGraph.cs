namespace Dml.Onnx;

/// <summary>
/// Takes away what files have around the same computation: 8-bit rounding, batch norms behind convolutions, and nodes that change nothing.
/// </summary>
public static class PlainGraph
{
    private static readonly HashSet<string> PassedThrough = new(StringComparer.Ordinal) { "Identity", "Dropout" };

    /// <summary>Simplifies a graph in place; 8-bit weights become the floats that they stand for.</summary>
    public static void Simplify(GraphProto graph)
    {
        Dequantize(graph);
        PassThrough(graph);
        BatchNormFolding.Fold(graph);
        AddBiases(graph);
    }

    private static void Dequantize(GraphProto graph)
    {
        var constants = graph.Constants();
        foreach (var node in graph.Node.Where(node => node.OpType == "DequantizeLinear" && node.Input.Count >= 2).ToArray())
        {
            if (constants.TryGetValue(node.Input[0], out var rounded)
                && constants.GetValueOrDefault(node.Input[1])?.Floats() is { Length: > 0 } scales
                && rounded.SmallIntegers() is { } values
                && rounded.Dims.Aggregate(1L, (product, side) => product * side) == values.Length
                && Axis(node, rounded) is { } axis
                && (scales.Length == 1 || scales.Length == rounded.Dims[axis]))
            {
                var zeros = node.Input.Count > 2 && constants.TryGetValue(node.Input[2], out var zero) ? zero.SmallIntegers() : null;
                var floats = Floats(values, rounded, axis, scales, zeros);
                graph.Initializer.Add(TensorContent.OfFloats(node.Output[0], floats, [.. rounded.Dims]));
                graph.Node.Remove(node);
            }
        }
    }

    private static int? Axis(NodeProto node, TensorProto tensor)
    {
        var given = node.Attribute.FirstOrDefault(attribute => attribute.Name == "axis")?.I ?? 1;
        var axis = given < 0 ? given + tensor.Dims.Count : given;
        return tensor.Dims.Count <= 1 ? 0 : axis >= 0 && axis < tensor.Dims.Count ? (int)axis : null;
    }

    private static float[] Floats(int[] values, TensorProto tensor, int axis, float[] scales, int[]? zeros)
    {
        var inner = tensor.Dims.Skip(axis + 1).Aggregate(1L, (product, side) => product * side);
        var floats = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var part = scales.Length == 1 ? 0 : (int)(i / inner % scales.Length);
            floats[i] = (values[i] - (zeros is { Length: > 0 } ? zeros[Math.Min(part, zeros.Length - 1)] : 0)) * scales[part];
        }

        return floats;
    }

    private static void PassThrough(GraphProto graph)
    {
        var constants = graph.Constants();
        var rounders = graph.Node.Where(node => node.OpType == "QuantizeLinear" && node.Input.Count > 0 && node.Output.Count > 0)
            .GroupBy(node => node.Output[0], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var replaced = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in graph.Node.Where(node => node.Input.Count > 0 && node.Output.Count > 0).ToArray())
        {
            // A maximum with the least number keeps ONNX Runtime from moving a rounding; our own 8-bit networks have it.
            var source =
                PassedThrough.Contains(node.OpType) ? node.Input[0]
                : node.OpType == "DequantizeLinear" && rounders.TryGetValue(node.Input[0], out var rounder) ? rounder.Input[0]
                : node.OpType == "Max" && node.Input.Count == 2 && constants.GetValueOrDefault(node.Input[1])?.Floats() is [float.MinValue]
                    ? node.Input[0]
                : null;
            if (source is not null)
            {
                replaced[node.Output[0]] = source;
                graph.Node.Remove(node);
            }
        }

        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                // No chain is longer than the number of its links, unless the file is broken and bites its own tail.
                for (var steps = 0; steps <= replaced.Count && replaced.TryGetValue(node.Input[i], out var source); steps++)
                {
                    node.Input[i] = source;
                }
            }
        }
    }

    private static void AddBiases(GraphProto graph)
    {
        var constants = graph.Constants();
        foreach (var node in graph.Node.Where(node => node.OpType == "Conv" && node.Input.Count == 2))
        {
            if (constants.GetValueOrDefault(node.Input[1]) is { Dims.Count: > 0 } weight && weight.Floats() is { } values
                && weight.Dims[0] > 0 && weight.Dims[0] <= values.Length)
            {
                var bias = TensorContent.OfFloats($"{node.Output[0]}/bias", new float[weight.Dims[0]], weight.Dims[0]);
                graph.Initializer.Add(bias);
                node.Input.Add(bias.Name);
            }
        }
    }
}
