using Dml.Onnx;

namespace Dml.Embedding.Adoption;

/// <summary>Makes a network take any number of pictures.</summary>
internal static class BatchRewriting
{
    private const long FirstScanOverAnyAxis = 9;

    /// <summary>
    /// Opens the sizes that an exporter fixed for one batch size: a Reshape to [batch, …] becomes one to [any, …]. Whether that is enough
    /// only a run can tell (<see cref="AdoptionProof"/>): constants may have the batch in them.
    /// </summary>
    public static void OpenReshapes(GraphProto graph, int batch)
    {
        var constants = graph.Constants();
        foreach (var reshape in graph.Node.Where(node => node.OpType == "Reshape" && node.Input.Count == 2))
        {
            if (constants.TryGetValue(reshape.Input[1], out var shape)
                && shape.Longs() is { Length: > 1 } sizes
                && sizes[0] == batch
                && !reshape.Attribute.Any(attribute => attribute is { Name: "allowzero", I: not 0 }))
            {
                // Only one size may be left to be found; 0 copies the input's, whose first is the batch too.
                sizes[0] = sizes.Contains(-1) ? 0 : -1;
                var opened = TensorContent.OfLongs($"{reshape.Output[0]}/open", sizes, sizes.Length);
                graph.Initializer.Add(opened);
                reshape.Input[1] = opened.Name;
            }
        }
    }

    /// <summary>
    /// Runs the network on one picture after the other inside one graph (Scan), for networks whose batch cannot be opened. Processors
    /// lose little by it: they gain little from a batch.
    /// </summary>
    /// <param name="model">From <paramref name="input"/> [1, planes…] to <paramref name="output"/> [1, n].</param>
    /// <param name="input">Name of the input.</param>
    /// <param name="shape">Its shape without the batch.</param>
    /// <param name="output">Name of the output.</param>
    /// <param name="dimension">n.</param>
    /// <returns>False where the operators are too old for it.</returns>
    public static bool TryRunOneByOne(ModelProto model, string input, long[] shape, string output, int dimension)
    {
        if (model.Opset() < FirstScanOverAnyAxis)
        {
            return false;
        }

        var graph = model.Graph;
        var body = new GraphProto { Name = "one_picture" };
        var pieces = new GraphPieces(body, model.Opset(), "dml_one_");
        body.Input.Add(Fixed("dml_one_picture", shape));
        var reshaped = pieces.Reshape("dml_one_picture", [1, .. shape]);
        var before = body.Node.ToArray();
        body.Node.Clear();
        body.Node.Add(before);
        body.Node.Add(graph.Node);
        body.Initializer.Add(graph.Initializer);
        body.Rename(input, reshaped);
        var vector = pieces.Reshape(output, dimension);
        body.Output.Add(Fixed(vector, [dimension]));

        var scan = new NodeProto
        {
            OpType = "Scan",
            Name = "dml_pictures",
            Input = { input },
            Output = { $"{output}/scanned" },
            Attribute =
            {
                new AttributeProto { Name = "body", G = body, Type = AttributeProto.Types.AttributeType.Graph },
                GraphPieces.Number("num_scan_inputs", 1),
            },
        };
        body.Rename(output, "dml_one_embedding");
        graph.Node.Clear();
        graph.Initializer.Clear();
        graph.Node.Add(scan);
        graph.Node.Add(new NodeProto { OpType = "Identity", Name = output, Input = { scan.Output[0] }, Output = { output } });
        return true;
    }

    private static ValueInfoProto Fixed(string name, long[] shape) => GraphPieces.Port(name, [.. shape.Select(size => (long?)size)]);
}
