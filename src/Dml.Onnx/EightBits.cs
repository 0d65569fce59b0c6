namespace Dml.Onnx;

/// <summary>
/// Makes convolutions and inner linear layers compute in 8-bit integers (B. Jacob et al., Quantization and Training of Neural Networks
/// for Efficient Integer-Arithmetic-Only Inference, CVPR 2018, arXiv 1712.05877). Around a convolution every value is rounded to its
/// measured range, by pairs of QuantizeLinear and DequantizeLinear that ONNX Runtime takes together with it; the input of a linear layer
/// is rounded to its own range as it comes. Weights are rounded once, for each output. What is not followed by another layer of its
/// kind stays in floats.
/// </summary>
public static class EightBits
{
    private const long NeededOpset = 13;

    // Between the versions 7 and 13 nothing changed that a network of these would notice, once attributes of training are gone.
    private static readonly HashSet<string> UnchangedOperators = new(StringComparer.Ordinal)
    {
        "Add", "AveragePool", "Concat", "Constant", "Conv", "Div", "Flatten", "Gather", "Gemm", "GlobalAveragePool", "Identity",
        "LpNormalization", "MatMul", "MaxPool", "Mul", "Relu", "Reshape", "Sqrt", "Sub", "Transpose",
    };

    /// <summary>The values whose ranges have to be measured for <see cref="Apply"/>.</summary>
    /// <param name="model">An embedder's network; batch norms are folded and its operators raised to version 13.</param>
    /// <exception cref="InvalidDataException">Its operators are too old and not all known to be the same.</exception>
    public static IReadOnlyList<string> Prepare(ModelProto model)
    {
        BatchNormFolding.Fold(model.Graph);
        model.Graph.KeepOnlyWhatLeadsTo(EmbedderPorts.Output);
        if (model.Opset() < NeededOpset)
        {
            string[] changed =
                [.. model.Graph.Node.Select(node => node.OpType).Where(type => !UnchangedOperators.Contains(type)).Distinct()];
            if (changed.Length > 0)
            {
                throw new InvalidDataException(
                    $"8 bits need operators of version {NeededOpset}; the network uses version {model.Opset()} of "
                    + $"{string.Join(", ", changed)}. Export it with a newer opset_version.");
            }

            foreach (var opset in model.OpsetImport.Where(opset => opset.Domain is "" or "ai.onnx"))
            {
                opset.Version = NeededOpset;
            }
        }

        return [.. Rounded(model.Graph).Distinct()];
    }

    /// <summary>Rounds weights and the measured values.</summary>
    /// <exception cref="InvalidDataException">There is nothing to round.</exception>
    public static void Apply(ModelProto model, IReadOnlyDictionary<string, ActivationRange> ranges)
    {
        var graph = model.Graph;
        var pieces = new GraphPieces(graph, model.Opset(), "dml_int8_");
        var constants = graph.Constants();
        var convolutions = Convolutions(graph, constants);
        var linear = InnerLinear(graph, constants).ToArray();
        if (convolutions.Length + linear.Length == 0)
        {
            throw new InvalidDataException(
                "The network has no convolution or linear layer with constant weights: 8 bits would change nothing.");
        }

        var replaced = ranges.ToDictionary(pair => pair.Key, pair => Round(pieces, pair.Key, pair.Value), StringComparer.Ordinal);
        foreach (var convolution in convolutions)
        {
            RoundWeights(pieces, convolution, constants, ranges[convolution.Input[0]].Scale);
        }

        // Everything that reads a rounded value reads the rounded one, which keeps the two sides of a sum alike.
        foreach (var node in graph.Node.Where(node => !pieces.Added(node)))
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = replaced.GetValueOrDefault(node.Input[i], node.Input[i]);
            }
        }

        foreach (var product in linear)
        {
            RoundProduct(graph, pieces, product, constants);
        }

        graph.SortNodes();
        graph.KeepOnlyWhatLeadsTo(EmbedderPorts.Output);
    }

    // What goes into a convolution or a sum of maps, and what comes out of it, after its rectifier if it has one.
    private static IEnumerable<string> Rounded(GraphProto graph)
    {
        var constants = graph.Constants();
        var readers = graph.Readers();
        foreach (var node in Convolutions(graph, constants).Concat(Additions(graph, constants)))
        {
            foreach (var input in node.OpType == "Conv" ? node.Input.Take(1) : node.Input)
            {
                yield return input;
            }

            var output = node.Output[0];
            yield return readers[output].ToArray() is [{ OpType: "Relu" } rectifier] ? rectifier.Output[0] : output;
        }
    }

    // A single one cuts a transformer's picture into patches, which is nothing beside the rest.
    private static NodeProto[] Convolutions(GraphProto graph, Dictionary<string, TensorProto> constants)
    {
        NodeProto[] all =
        [
            .. graph.Node.Where(node => node.OpType == "Conv" && constants.GetValueOrDefault(node.Input[1])?.Floats() is not null),
        ];
        return all.Length > 1 ? all : [];
    }

    // Sums of maps, which follow convolutions only: a sum in a transformer is of another kind.
    private static IEnumerable<NodeProto> Additions(GraphProto graph, Dictionary<string, TensorProto> constants)
    {
        var maps = Convolutions(graph, constants).Select(node => node.Output[0]).ToHashSet(StringComparer.Ordinal);
        return graph.Node.Where(node => node.OpType == "Add" && node.Input.Any(maps.Contains) && !node.Input.Any(constants.ContainsKey));
    }

    // Followed by another one; the layer that makes the embedding stays exact.
    private static IEnumerable<NodeProto> InnerLinear(GraphProto graph, Dictionary<string, TensorProto> constants)
    {
        NodeProto[] all =
        [
            .. graph.Node.Where(node =>
                node.OpType == "MatMul"
                && constants.GetValueOrDefault(node.Input[1]) is { Dims.Count: 2 } weight
                && weight.Floats() is not null),
        ];
        return all.SkipLast(1);
    }

    private static string Round(GraphPieces pieces, string value, ActivationRange range)
    {
        var (scale, zero) = (pieces.Floats([range.Scale]), pieces.Byte(range.ZeroPoint));
        return pieces.Add("DequantizeLinear", [pieces.Add("QuantizeLinear", [value, scale, zero]), scale, zero]);
    }

    private static void RoundWeights(
        GraphPieces pieces, NodeProto convolution, Dictionary<string, TensorProto> constants, float inputScale)
    {
        var weight = constants[convolution.Input[1]];
        var rows = QuantizedRows.Of(weight.Floats()!, (int)weight.Dims[0]);
        var outputs = rows.Scales.Length;
        var bias = convolution.Input.Count > 2 ? constants[convolution.Input[2]].Floats()! : new float[outputs];
        var (steps, scales) = rows.Bias(bias, inputScale);
        var weights = pieces.Add(
            "DequantizeLinear",
            [
                pieces.SignedBytes(rows.Values, [.. weight.Dims]),
                pieces.Floats(rows.Scales, outputs),
                pieces.SignedBytes(new sbyte[outputs], outputs),
            ],
            GraphPieces.Number("axis", 0));
        var shift = pieces.Add(
            "DequantizeLinear", [pieces.Integers(steps), pieces.Floats(scales, outputs)], GraphPieces.Number("axis", 0));
        var input = convolution.Input[0];
        convolution.Input.Clear();
        convolution.Input.Add([input, weights, shift]);
    }

    private static void RoundProduct(GraphProto graph, GraphPieces pieces, NodeProto product, Dictionary<string, TensorProto> constants)
    {
        var weight = constants[product.Input[1]];
        var (inputs, outputs) = ((int)weight.Dims[0], (int)weight.Dims[1]);
        var rows = QuantizedRows.Of(TensorContent.Transposed(weight.Floats()!, inputs), outputs);
        var name = product.Output[0];
        string[] rounded = [$"{name}/bytes", $"{name}/scale", $"{name}/zero"];
        graph.Node.Add(new NodeProto
        {
            OpType = "DynamicQuantizeLinear",
            Name = $"{name}/round",
            Input = { product.Input[0] },
            Output = { rounded },
        });
        var sums = pieces.Add(
            "MatMulInteger",
            [rounded[0], pieces.SignedBytes(TensorContent.Transposed(rows.Values, outputs), inputs, outputs), rounded[2]]);
        // In exactly this form, ONNX Runtime takes the product and everything around it for one node.
        var scale = pieces.Add("Mul", [rounded[1], pieces.Floats(rows.Scales, outputs)]);
        graph.Node.Add(new NodeProto
        {
            OpType = "Mul",
            Name = $"{name}/scaled",
            Input = { pieces.Cast(sums, TensorProto.Types.DataType.Float), scale },
            Output = { name },
        });
        graph.Node.Remove(product);
    }
}
