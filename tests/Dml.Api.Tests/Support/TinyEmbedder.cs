using System.Runtime.InteropServices;
using Dml.Embedding;

namespace Dml.Api.Tests.Support;

/// <summary>A real embedder of a few kilobytes: flatten, a fixed random projection with bias, L2 norm.</summary>
internal static class TinyEmbedder
{
    public const int Dimension = 32;
    private const int Side = 16;
    private const int Inputs = 3 * Side * Side;

    /// <summary>Writes <c>embedder.onnx</c> and <c>model.json</c>; another seed gives another fingerprint.</summary>
    public static void Write(string folder, string name, int seed = 1, int dimension = Dimension, float mean = 0.5f, float std = 0.5f)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, EmbedderManifest.NetworkFileName), Network(seed, dimension));
        EmbedderManifest
            .Describe(
                folder,
                name,
                dimension,
                new Preprocessing
                {
                    InputSize = Side,
                    Mean = [mean, mean, mean],
                    Std = [std, std, std],
                }
            )
            .Save(folder);
    }

    // onnx.proto: ModelProto { ir_version 1, graph 7, opset_import 8 }; GraphProto { node 1, name 2, initializer 5,
    // input 11, output 12 }; NodeProto { input 1, output 2, op_type 4, attribute 5 }; TensorProto { dims 1,
    // data_type 2, name 8, raw_data 9 }.
    private static byte[] Network(int seed, int dimension)
    {
        var random = new Random(seed);
        var graph = new ProtoWriter()
            .Message(1, Node("Flatten", ["pixels"], "flat"))
            .Message(1, Node("Gemm", ["flat", "weight", "bias"], "projected"))
            .Message(1, Node("LpNormalization", ["projected"], "embedding"))
            .Text(2, "tiny")
            .Message(5, Tensor("weight", random, Inputs, dimension))
            .Message(5, Tensor("bias", random, dimension))
            .Message(11, Value("pixels", 3, Side, Side))
            .Message(12, Value("embedding", dimension));
        return new ProtoWriter()
            .Number(1, 8)
            .Message(7, graph)
            .Message(8, new ProtoWriter().Text(1, "").Number(2, 17))
            .ToArray();
    }

    private static ProtoWriter Node(string type, string[] inputs, string output)
    {
        var node = new ProtoWriter();
        foreach (var input in inputs)
        {
            node.Text(1, input);
        }

        return node.Text(2, output).Text(4, type);
    }

    private static ProtoWriter Tensor(string name, Random random, params int[] shape)
    {
        var tensor = new ProtoWriter();
        foreach (var size in shape)
        {
            tensor.Number(1, size);
        }

        var values = new float[shape.Aggregate((a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(random.NextDouble() * 2 - 1);
        }

        return tensor.Number(2, 1).Text(8, name).Bytes(9, MemoryMarshal.AsBytes<float>(values));
    }

    private static ProtoWriter Value(string name, params int[] shape)
    {
        var dimensions = new ProtoWriter().Message(1, new ProtoWriter().Text(2, "batch"));
        foreach (var size in shape)
        {
            dimensions.Message(1, new ProtoWriter().Number(1, size));
        }

        var tensorType = new ProtoWriter().Number(1, 1).Message(2, dimensions);
        return new ProtoWriter().Text(1, name).Message(2, new ProtoWriter().Message(1, tensorType));
    }
}
