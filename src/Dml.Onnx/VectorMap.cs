namespace Dml.Onnx;

/// <summary>A linear map at the end of an embedder's file: its vectors are mapped and scaled to length 1 again.</summary>
public static class VectorMap
{
    private const string Weight = "dml_vector_map";

    /// <summary>Whether an embedder ends with a map.</summary>
    public static bool IsIn(ModelProto model) => model.Graph.Initializer.Any(tensor => tensor.Name == Weight);

    /// <summary>
    /// Appends a map. An embedder that ends with one keeps one: the lengths between two maps without offsets do not matter, so that the
    /// product of both gives the same unit vectors.
    /// </summary>
    /// <param name="model">An embedder's network; its output becomes that of the map.</param>
    /// <param name="map">[dimension, dimension], row-major: a vector, as a row, is multiplied by it from the right.</param>
    /// <param name="dimension">Length of the vectors.</param>
    /// <exception cref="InvalidDataException">The file ends with a map of another size.</exception>
    public static void Append(ModelProto model, ReadOnlySpan<float> map, int dimension)
    {
        var graph = model.Graph;
        if (graph.Initializer.FirstOrDefault(tensor => tensor.Name == Weight) is { } present)
        {
            if (present.Floats() is not { } before || before.Length != map.Length)
            {
                throw new InvalidDataException(
                    $"The network's map has [{string.Join(", ", present.Dims)}] values of the type "
                        + $"{(TensorProto.Types.DataType)present.DataType}, [{dimension}, {dimension}] of Float were expected.");
            }

            var both = TensorContent.OfFloats(Weight, Product(before, map, dimension), dimension, dimension);
            graph.Initializer[graph.Initializer.IndexOf(present)] = both;
            return;
        }

        var vector = graph.FreshPrefix($"{EmbedderPorts.Output}/unmapped");
        graph.Rename(EmbedderPorts.Output, vector);
        graph.Initializer.Add(TensorContent.OfFloats(Weight, map, dimension, dimension));
        var pieces = new GraphPieces(graph, model.Opset(), "dml_map_");
        pieces.Give(pieces.Normalize(pieces.Add("MatMul", [vector, Weight])), EmbedderPorts.Output);
        graph.Output.Clear();
        graph.Output.Add(GraphPieces.Port(EmbedderPorts.Output, null, dimension));
    }

    private static float[] Product(float[] left, ReadOnlySpan<float> right, int side)
    {
        var product = new float[side * side];
        var row = new double[side];
        for (var i = 0; i < side; i++)
        {
            Array.Clear(row);
            for (var k = 0; k < side; k++)
            {
                double factor = left[(i * side) + k];
                for (var j = 0; j < side; j++)
                {
                    row[j] += factor * right[(k * side) + j];
                }
            }

            for (var j = 0; j < side; j++)
            {
                product[(i * side) + j] = (float)row[j];
            }
        }

        return product;
    }
}
