using System.Runtime.InteropServices;
using Dml.Embedding;

namespace Dml.Api.Tests.Support;

/// <summary>A real embedder of a few kilobytes: flatten, a fixed random projection with bias, L2 norm.</summary>
internal static class TinyEmbedder
{
    public const int Dimension = 32;
    public const int Side = 16;
    private const int Inputs = 3 * Side * Side;

    /// <summary>Writes <c>embedder.onnx</c> and <c>model.json</c>; another seed gives another fingerprint.</summary>
    public static void Write(string folder, string name, int seed = 1, int dimension = Dimension, float mean = 0.5f, float std = 0.5f)
    {
        var random = new Random(seed);
        var (weight, bias) = (Uniform(random, Inputs * dimension), Uniform(random, dimension));
        Write(folder, name, weight, bias, mean, std, trainedLabels: null);
    }

    /// <summary>Writes an embedder whose projection the test chooses.</summary>
    /// <param name="folder">Created.</param>
    /// <param name="name">Its name.</param>
    /// <param name="weight">[channels, rows, columns, dimension] of a picture of 16 by 16 pixels.</param>
    /// <param name="bias">[dimension].</param>
    /// <param name="mean">Subtracted from every pixel.</param>
    /// <param name="std">Divides every pixel.</param>
    /// <param name="trainedLabels">For its manifest.</param>
    public static void Write(
        string folder, string name, float[] weight, float[] bias, float mean, float std, IReadOnlyList<string>? trainedLabels)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, EmbedderManifest.NetworkFileName), Network(weight, bias));
        var preprocessing = new Preprocessing
        {
            InputSize = Side,
            Mean = [mean, mean, mean],
            Std = [std, std, std],
        };
        EmbedderManifest.Describe(folder, name, bias.Length, preprocessing, trainedLabels: trainedLabels).Save(folder);
    }

    // onnx.proto: ModelProto { ir_version 1, graph 7, opset_import 8 }; GraphProto { node 1, name 2, initializer 5,
    // input 11, output 12 }; NodeProto { input 1, output 2, op_type 4, attribute 5 }; TensorProto { dims 1,
    // data_type 2, name 8, raw_data 9 }.
    private static byte[] Network(float[] weight, float[] bias)
    {
        var graph = new ProtoWriter()
            .Message(1, Node("Flatten", ["pixels"], "flat"))
            .Message(1, Node("Gemm", ["flat", "weight", "bias"], "projected"))
            .Message(1, Node("LpNormalization", ["projected"], "embedding"))
            .Text(2, "tiny")
            .Message(5, Tensor("weight", weight, Inputs, bias.Length))
            .Message(5, Tensor("bias", bias, bias.Length))
            .Message(11, Value("pixels", 3, Side, Side))
            .Message(12, Value("embedding", bias.Length));
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

    private static ProtoWriter Tensor(string name, float[] values, params int[] shape)
    {
        var tensor = new ProtoWriter();
        foreach (var size in shape)
        {
            tensor.Number(1, size);
        }

        return tensor.Number(2, 1).Text(8, name).Bytes(9, MemoryMarshal.AsBytes<float>(values));
    }

    private static float[] Uniform(Random random, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (float)((random.NextDouble() * 2) - 1);
        }

        return values;
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
