using System.Runtime.InteropServices;
using Dml.Onnx;
using Google.Protobuf;

namespace Dml.Embedding.Tests.Adoption;

/// <summary>
/// A network of the kind that exporters write, small enough for its vectors to be computed in plain code: patches of 8 x 8 pixels become
/// tokens by one convolution, and what follows differs from family to family.
/// </summary>
internal sealed class PublishedNetwork
{
    public const int Side = 32;
    public const int Tokens = 16;
    public const int Width = 6;
    private const int Patch = 8;
    private const int Cells = Side / Patch;

    private readonly GraphProto _graph = new() { Name = "main_graph" };
    private readonly Random _random = new(5);
    private readonly float[] _weight;
    private readonly float[] _bias;

    public PublishedNetwork(
        string input, long? batch, bool channelsLast = false, TensorProto.Types.DataType type = TensorProto.Types.DataType.Float)
    {
        _weight = Numbers(Width * 3 * Patch * Patch, 0.05f);
        _bias = Numbers(Width);
        var shape = channelsLast ? (long?[])[batch, Side, Side, 3] : [batch, 3, Side, Side];
        _graph.Input.Add(Port(input, type, shape));
        Constant("patch.weight", _weight, Width, 3, Patch, Patch);
        Constant("patch.bias", _bias, Width);
        var pixels = input;
        if (type == TensorProto.Types.DataType.Uint8)
        {
            pixels = Node("Cast", [pixels], "floats", Int("to", (long)TensorProto.Types.DataType.Float));
        }

        if (channelsLast)
        {
            pixels = Node("Transpose", [pixels], "planes", Ints("perm", 0, 3, 1, 2));
        }

        Node("Conv", [pixels, "patch.weight", "patch.bias"], "map", Ints("kernel_shape", Patch, Patch), Ints("strides", Patch, Patch));
    }

    /// <summary>The class token; zero before <see cref="WithClassToken"/>.</summary>
    public float[] ClassToken { get; private set; } = new float[Width];

    /// <summary>Appends the tokens as [batch, tokens, width]: an exporter without dynamic axes writes the batch into the shape.</summary>
    public PublishedNetwork AsTokens(long batch)
    {
        Longs("token_shape", [batch, Width, Tokens]);
        Node("Reshape", ["map", "token_shape"], "rows");
        Node("Transpose", ["rows"], "tokens", Ints("perm", 0, 2, 1));
        return this;
    }

    /// <summary>
    /// Puts a class token, and further registers of ones, in front; one copy for each picture only where the batch is open.
    /// </summary>
    public PublishedNetwork WithClassToken(bool openBatch, int registers = 0)
    {
        ClassToken = Numbers(Width);
        var front = ClassToken.Concat(Enumerable.Repeat(1f, registers * Width)).ToArray();
        Constant("cls_token", front, 1, 1 + registers, Width);
        if (!openBatch)
        {
            Node("Concat", ["cls_token", "tokens"], "last_hidden_state", Int("axis", 1));
            return this;
        }

        Node("Shape", ["tokens"], "token_sizes");
        Longs("zero", [0]);
        Node("Gather", ["token_sizes", "zero"], "batch_size", Int("axis", 0));
        Longs("ones", [1 + registers, Width]);
        Node("Concat", ["batch_size", "ones"], "copies", Int("axis", 0));
        Node("Expand", ["cls_token", "copies"], "cls_copies");
        // What a picture's own class token becomes depends on its patches, as attention makes it.
        Node("ReduceMean", ["tokens"], "token_mean", Ints("axes", 1), Int("keepdims", 1));
        Node("Add", ["cls_copies", "token_mean"], "cls_mixed");
        Node("Concat", ["cls_mixed", "tokens"], "last_hidden_state", Int("axis", 1));
        return this;
    }

    public PublishedNetwork Then(string operation, string[] inputs, string output, params AttributeProto[] attributes)
    {
        Node(operation, inputs, output, attributes);
        return this;
    }

    public PublishedNetwork WithInput(string name, params long?[] shape)
    {
        _graph.Input.Add(Port(name, TensorProto.Types.DataType.Int64, shape));
        return this;
    }

    public PublishedNetwork WithOutput(string name, params long?[] shape)
    {
        _graph.Output.Add(Port(name, TensorProto.Types.DataType.Float, shape));
        return this;
    }

    public PublishedNetwork WithLongs(string name, params long[] values)
    {
        Longs(name, values);
        return this;
    }

    public ModelProto ToModel(long opset = 17) => new()
    {
        IrVersion = 8,
        ProducerName = "test",
        Graph = _graph,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
    };

    public string Save(string path, long opset = 17)
    {
        File.WriteAllBytes(path, ToModel(opset).ToByteArray());
        return path;
    }

    /// <summary>The tokens of a picture in plain code, [16, 6].</summary>
    /// <param name="chw">[3, 32, 32] as the network gets it.</param>
    public float[][] TokensOf(ReadOnlySpan<float> chw)
    {
        var tokens = new float[Tokens][];
        for (var cell = 0; cell < Tokens; cell++)
        {
            tokens[cell] = new float[Width];
            for (var output = 0; output < Width; output++)
            {
                double sum = _bias[output];
                for (var i = 0; i < 3 * Patch * Patch; i++)
                {
                    var (plane, y, x) = (i / (Patch * Patch), i / Patch % Patch, i % Patch);
                    var pixel = chw[(plane * Side * Side) + (((cell / Cells * Patch) + y) * Side) + (cell % Cells * Patch) + x];
                    sum += _weight[(output * 3 * Patch * Patch) + i] * pixel;
                }

                tokens[cell][output] = (float)sum;
            }
        }

        return tokens;
    }

    public static float[] Mean(float[][] rows) => [.. Enumerable.Range(0, Width).Select(i => rows.Average(row => row[i]))];

    public static float[] Unit(float[] vector)
    {
        var length = MathF.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / length)];
    }

    public static AttributeProto Int(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Ints(string name, params long[] values) =>
        new() { Name = name, Ints = { values }, Type = AttributeProto.Types.AttributeType.Ints };

    private float[] Numbers(int count, float size = 1) =>
        [.. Enumerable.Range(0, count).Select(_ => ((float)_random.NextDouble() - 0.5f) * size)];

    private void Constant(string name, float[] values, params long[] shape) =>
        _graph.Initializer.Add(TensorContent.OfFloats(name, values, shape));

    private void Longs(string name, long[] values) => _graph.Initializer.Add(TensorContent.OfLongs(name, values, values.Length));

    private string Node(string operation, string[] inputs, string output, params AttributeProto[] attributes)
    {
        _graph.Node.Add(
            new NodeProto { OpType = operation, Name = output, Input = { inputs }, Output = { output }, Attribute = { attributes } });
        return output;
    }

    private static ValueInfoProto Port(string name, TensorProto.Types.DataType type, long?[] shape)
    {
        var sizes = new TensorShapeProto();
        foreach (var side in shape)
        {
            sizes.Dim.Add(side is { } stated ? new() { DimValue = stated } : new TensorShapeProto.Types.Dimension { DimParam = "n" });
        }

        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = sizes } } };
    }

    /// <summary>Writes every float constant of a model in half precision, as `model.half()` and an export do.</summary>
    public static ModelProto Halved(ModelProto model)
    {
        foreach (var tensor in model.Graph.Initializer)
        {
            if (tensor.Floats() is { } values)
            {
                tensor.DataType = (int)TensorProto.Types.DataType.Float16;
                tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<Half>(values.Select(value => (Half)value).ToArray()));
            }
        }

        foreach (var port in model.Graph.Input.Concat(model.Graph.Output))
        {
            port.Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Float16;
        }

        return model;
    }
}
