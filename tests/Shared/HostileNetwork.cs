using Dml.Embedding;
using Dml.Onnx;
using Google.Protobuf;

namespace Dml.Tests.Shared;

/// <summary>Embedders of a few hundred bytes that ask for more than a machine has.</summary>
internal static class HostileNetwork
{
    public const int Side = 16;
    private const int Dimension = 3;
    private const long Opset = 17;
    private const long Endless = 1L << 62;

    // In onnx.proto; the product has no use for it.
    private const int Boolean = 9;

    /// <summary>It fills a tensor of two thousand million floats, 8 GB.</summary>
    public static ModelProto OfMemory() => Make((pieces, _) =>
        pieces.Add("ReduceSum", [pieces.Add("ConstantOfShape", [pieces.Longs([2_000_000_000], 1)])], GraphPieces.Number("keepdims", 0)));

    /// <summary>It counts to 2^62.</summary>
    public static ModelProto OfTime() => Make((pieces, _) => Count(pieces, pieces.Longs([Endless])));

    /// <summary>It counts to 2^62 where the upper left corner of a picture is red, and not at all where it is black or waves.</summary>
    public static ModelProto OfTimeForRed() => Make((pieces, pixels) =>
    {
        // Of any picture in the batch.
        var corner = pieces.Add("ReduceMax", [pixels], GraphPieces.Numbers("axes", 0), GraphPieces.Number("keepdims", 0));
        for (var axis = 1; axis < 4; axis++)
        {
            corner = pieces.Select(corner, 0, 0);
        }

        var isRed = pieces.Cast(pieces.Add("Greater", [corner, pieces.Floats([0.9f])]), TensorProto.Types.DataType.Int64);
        return Count(pieces, pieces.Add("Mul", [isRed, pieces.Longs([Endless])]));
    });

    /// <summary>Writes an embedder's folder.</summary>
    public static void Write(string folder, string name, ModelProto network)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, EmbedderManifest.NetworkFileName), network.ToByteArray());
        EmbedderManifest.Describe(folder, name, Dimension, new Preprocessing { InputSize = Side }).Save(folder);
    }

    // The mean of each colour and of what the network wastes, of length one.
    private static ModelProto Make(Func<GraphPieces, string, string> waste)
    {
        var graph = new GraphProto { Name = "hostile" };
        var pieces = new GraphPieces(graph, Opset, "");
        var colours = pieces.Mean(EmbedderPorts.Input, 2, 3);
        var shifted = pieces.Add("Add", [colours, pieces.Floats([1, 2, 3], 3)]);
        var wasted = pieces.Add("Mul", [waste(pieces, EmbedderPorts.Input), pieces.Floats([1e-30f])]);
        pieces.Give(pieces.Normalize(pieces.Add("Add", [shifted, wasted])), EmbedderPorts.Output);
        graph.Input.Add(GraphPieces.Port(EmbedderPorts.Input, null, 3, Side, Side));
        graph.Output.Add(GraphPieces.Port(EmbedderPorts.Output, null, Dimension));
        return new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Opset } } };
    }

    private static string Count(GraphPieces pieces, string times)
    {
        static ValueInfoProto Scalar(string name, int type) =>
            new() { Name = name, Type = new() { TensorType = new() { ElemType = type, Shape = new() } } };
        var body = new GraphProto
        {
            Name = "body",
            Input =
            {
                Scalar("i", (int)TensorProto.Types.DataType.Int64), Scalar("go", Boolean),
                Scalar("sum", (int)TensorProto.Types.DataType.Float),
            },
            Output = { Scalar("on", Boolean), Scalar("next", (int)TensorProto.Types.DataType.Float) },
            Node =
            {
                new NodeProto { OpType = "Identity", Input = { "go" }, Output = { "on" } },
                new NodeProto { OpType = "Cos", Input = { "sum" }, Output = { "next" } },
            },
        };
        var graph = new AttributeProto { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = body };
        return pieces.Add("Loop", [times, "", pieces.Floats([1])], graph);
    }
}
