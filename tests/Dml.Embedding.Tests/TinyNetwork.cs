using System.Runtime.InteropServices;
using System.Text;

namespace Dml.Embedding.Tests;

/// <summary>
/// A network of one matrix, written as ONNX by hand: flatten, multiply, scale to length one. Each option breaks the
/// promise of an embedder in one way.
/// </summary>
internal sealed record TinyNetwork(int Side, int Dimension)
{
    private const int Float = 1;
    private const int Double = 11;

    internal string Input { get; init; } = "pixels";

    internal string Output { get; init; } = "embedding";

    internal bool DynamicBatch { get; init; } = true;

    internal bool DoublePrecision { get; init; }

    internal bool Normalised { get; init; } = true;

    internal float[] Weights { get; } = MakeWeights(Side, Dimension);

    /// <summary>The same by three loops, in double precision: the oracle.</summary>
    internal float[] Embed(ReadOnlySpan<float> chw)
    {
        var sums = new double[Dimension];
        for (var i = 0; i < chw.Length; i++)
        {
            for (var j = 0; j < Dimension; j++)
            {
                sums[j] += (double)chw[i] * Weights[(i * Dimension) + j];
            }
        }

        var length = Math.Sqrt(sums.Sum(value => value * value));
        return [.. sums.Select(value => (float)(value / length))];
    }

    internal byte[] ToOnnx()
    {
        var type = DoublePrecision ? Double : Float;
        var features = 3 * Side * Side;
        var raw = DoublePrecision
            ? MemoryMarshal.AsBytes<double>(Array.ConvertAll(Weights, value => (double)value)).ToArray()
            : MemoryMarshal.AsBytes<float>(Weights).ToArray();
        byte[] weights = [.. Number(1, features), .. Number(1, Dimension), .. Number(2, type), .. Text(8, "weights"), .. Bytes(9, raw)];
        byte[] graph =
        [
            .. Bytes(1, Node("Flatten", [Input], "flat", ("axis", 1))),
            .. Bytes(1, Node("MatMul", ["flat", "weights"], Normalised ? "product" : Output)),
            .. Normalised ? Bytes(1, Node("LpNormalization", ["product"], Output, ("axis", -1), ("p", 2))) : [],
            .. Text(2, "tiny"),
            .. Bytes(5, weights),
            .. Bytes(11, Port(Input, type, 3, Side, Side)),
            .. Bytes(12, Port(Output, type, Dimension)),
        ];
        return [.. Number(1, 8), .. Bytes(7, graph), .. Bytes(8, [.. Text(1, ""), .. Number(2, 17)])];
    }

    /// <summary>Writes a whole embedder folder.</summary>
    internal string WriteTo(string folder, Preprocessing? preprocessing = null)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, EmbedderManifest.NetworkFileName), ToOnnx());
        EmbedderManifest.Describe(folder, "tiny", Dimension, preprocessing ?? new Preprocessing { InputSize = Side }).Save(folder);
        return folder;
    }

    private static float[] MakeWeights(int side, int dimension)
    {
        Random random = new(17);
        var weights = new float[3 * side * side * dimension];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = (float)(random.NextDouble() - 0.5);
        }

        return weights;
    }

    private static byte[] Node(string type, string[] inputs, string output, params ReadOnlySpan<(string Name, int Value)> attributes)
    {
        List<byte> node = [];
        foreach (var input in inputs)
        {
            node.AddRange(Text(1, input));
        }

        node.AddRange([.. Text(2, output), .. Text(4, type)]);
        foreach ((var name, var value) in attributes)
        {
            node.AddRange(Bytes(5, [.. Text(1, name), .. Number(3, value), .. Number(20, 2)]));
        }

        return [.. node];
    }

    private byte[] Port(string name, int type, params ReadOnlySpan<int> sizes)
    {
        List<byte> shape = [.. Bytes(1, DynamicBatch ? Text(2, "batch") : Number(1, 1))];
        foreach (var size in sizes)
        {
            shape.AddRange(Bytes(1, Number(1, size)));
        }

        return [.. Text(1, name), .. Bytes(2, Bytes(1, [.. Number(1, type), .. Bytes(2, [.. shape])]))];
    }

    private static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int field, byte[] content) =>
        [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    private static byte[] Number(int field, long value) => [.. Varint((ulong)(field << 3)), .. Varint((ulong)value)];

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 128; value >>= 7)
        {
            bytes.Add((byte)(value | 128));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
