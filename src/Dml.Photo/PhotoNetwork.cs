using Dml.Onnx;

namespace Dml.Photo;

/// <summary>
/// Makes the network of <c>photo</c> from ResNet-18 (He et al. 2015, arXiv 1512.03385) with weights of ImageNet: the means of three layers,
/// their square roots, each to length one, side by side, and a linear layer that whitens them. The square root is the Hellinger kernel of
/// non-negative features (Arandjelović and Zisserman, CVPR 2012), the whitening that of Jégou and Chum, ECCV 2012, to half the power.
/// </summary>
internal static class PhotoNetwork
{
    /// <summary>Side of the input in pixels. The published network has 224; a convolutional network takes any multiple of 32.</summary>
    public const int Side = 256;

    /// <summary>Length of the three layers' means side by side.</summary>
    public const int Features = 1280;

    // Rectifiers at the end of blocks 6, 7 and 9 of the network, with what each of them weighs.
    private static readonly (string Name, float Weight)[] Layers =
        [("ReLU393_Output_0", 1), ("ReLU365_Output_0", 1), ("ReLU347_Output_0", 0.7f)];

    /// <summary>Reads ResNet18.onnx.</summary>
    public static ModelProto Read(string published)
    {
        using var stream = File.OpenRead(published);
        return ModelProto.Parser.ParseFrom(stream);
    }

    /// <summary>The network up to the features, before the projection: pixels [batch, 3, 256, 256] to embedding [batch, 1280].</summary>
    /// <param name="published">Changed.</param>
    /// <exception cref="InvalidDataException">It is another network.</exception>
    public static void MakeFeatures(ModelProto published) => Make(published, projection: null);

    /// <summary>The whole network: pixels [batch, 3, 256, 256] to unit vectors embedding [batch, dimension].</summary>
    /// <param name="published">Changed.</param>
    /// <param name="projection">From the features to the embedding.</param>
    /// <exception cref="InvalidDataException">It is another network.</exception>
    public static void Make(ModelProto published, Projection? projection)
    {
        var graph = published.Graph;
        if (graph.Input is not [var input] || Layers.Any(layer => !graph.Node.Any(node => node.Output.Contains(layer.Name))))
        {
            throw new InvalidDataException(
                "This is not the ResNet-18 of Microsoft.ML.DnnImageFeaturizer.ResNet18: its layers have other names.");
        }

        // Nothing is fixed to the published size but the window of the last mean, which falls away.
        graph.ValueInfo.Clear();
        graph.Rename(input.Name, EmbedderPorts.Input);
        var pieces = new GraphPieces(graph, published.Opset(), "photo_");
        var parts = Layers.Select(layer => Part(pieces, layer.Name, layer.Weight)).ToArray();
        var features = pieces.Add("Concat", parts, GraphPieces.Number("axis", 1));
        var (last, dimension) = projection is null
            ? (features, Features)
            : (pieces.Normalize(projection.Append(pieces, features)), projection.Dimension);
        pieces.Give(last, EmbedderPorts.Output);
        graph.KeepOnlyWhatLeadsTo(EmbedderPorts.Output);
        graph.Input.Clear();
        graph.Input.Add(GraphPieces.Port(EmbedderPorts.Input, null, 3, Side, Side));
        graph.Output.Clear();
        graph.Output.Add(GraphPieces.Port(EmbedderPorts.Output, null, dimension));
        published.IrVersion = 8;
    }

    private static string Part(GraphPieces pieces, string layer, float weight)
    {
        var mean = pieces.Flatten(pieces.Add("GlobalAveragePool", [layer]));
        return pieces.Add("Mul", [pieces.Normalize(pieces.Add("Sqrt", [mean])), pieces.Floats([weight])]);
    }
}
