using System.Runtime.InteropServices;
using Dml.Onnx;

namespace Dml.Training.Onnx;

/// <summary>
/// Builds an ONNX graph (opset 17) node by node. Every method adds what it is named after and returns the name of its result;
/// layouts are NCHW and row-major, as in the network.
/// </summary>
public class OnnxGraph
{
    private const int IrVersion = 8;
    private const int Opset = 17;
    private readonly GraphProto _graph = new() { Name = "embedder" };

    /// <summary>Declares an input; a size of null is the batch, left open.</summary>
    internal string Input(string name, params ReadOnlySpan<long?> shape)
    {
        _graph.Input.Add(GraphPieces.Port(name, shape));
        return name;
    }

    /// <summary>Gives a value its public name; a size of null is the batch, left open.</summary>
    internal void Output(string name, string value, params ReadOnlySpan<long?> shape)
    {
        _graph.Node.Add(new NodeProto { OpType = "Identity", Name = name, Input = { value }, Output = { name } });
        _graph.Output.Add(GraphPieces.Port(name, shape));
    }

    /// <summary>The finished model.</summary>
    internal ModelProto ToModel() => new()
    {
        IrVersion = IrVersion,
        ProducerName = "dml",
        ProducerVersion = typeof(OnnxGraph).Assembly.GetName().Version?.ToString(3) ?? "",
        Graph = _graph,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Opset } },
    };

    /// <summary>A constant; no shape means a scalar.</summary>
    internal string Floats(float[] values, params ReadOnlySpan<long> shape) =>
        Constant(TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>(values), shape);

    /// <summary>Weight [outputs, inputs, kernel, kernel].</summary>
    internal string Conv(string input, float[] weight, long[] shape, float[] bias, int stride, int padding) =>
        Conv(input, Floats(weight, shape), Floats(bias, bias.Length), shape, stride, padding);

    /// <summary>The same with weight and bias that are in the graph already.</summary>
    private protected string Conv(string input, string weight, string bias, long[] shape, int stride, int padding, int groups = 1) => Add(
        "Conv",
        [input, weight, bias],
        Ints("kernel_shape", shape[2], shape[3]),
        Ints("strides", stride, stride),
        Ints("pads", padding, padding, padding, padding),
        Int("group", groups));

    internal string Relu(string input) => Add("Relu", [input]);

    /// <summary>A convolution of which the negative results become zero.</summary>
    internal virtual string ConvRelu(string input, float[] weight, long[] shape, float[] bias, int stride, int padding) =>
        Relu(Conv(input, weight, shape, bias, stride, padding));

    /// <summary>A convolution inside a network whose result is added to another map.</summary>
    internal virtual string InnerConv(string input, float[] weight, long[] shape, float[] bias, int stride, int padding) =>
        Conv(input, weight, shape, bias, stride, padding);

    /// <summary>The sum of two maps, of which the negative values become zero.</summary>
    internal virtual string AddRelu(string left, string right) => Relu(Add(left, right));

    /// <summary>A linear layer inside a network, along the last axis; weight [outputs, inputs].</summary>
    internal virtual string InnerLinear(string input, float[] weight, float[] bias) => Linear(input, weight, bias);

    /// <summary>A linear layer along the last axis; weight [outputs, inputs].</summary>
    internal string Linear(string input, float[] weight, float[] bias) =>
        Add(
            MatMul(input, Floats(TensorContent.Transposed(weight, bias.Length), weight.Length / bias.Length, bias.Length)),
            Floats(bias, bias.Length));

    /// <summary>Maxima of windows; with <paramref name="ceiling"/> the last one may hang over the edge.</summary>
    internal virtual string MaxPool(string input, int kernel, int stride, int padding, bool ceiling = true) =>
        Pool("MaxPool", input, kernel, stride, padding, Int("ceil_mode", ceiling ? 1 : 0));

    /// <summary>Means over 3x3 windows one apart; the zeros around the map count.</summary>
    internal virtual string AveragePool3x3(string input, int channels) => Pool("AveragePool", input, 3, 1, 1, Int("count_include_pad", 1));

    /// <summary>The means of square cells that tile the map.</summary>
    internal string CellMeans(string input, int cell) => Pool("AveragePool", input, cell, cell, 0);

    /// <summary>The maxima of square cells that tile the map.</summary>
    internal string CellMaxima(string input, int cell) => Pool("MaxPool", input, cell, cell, 0);

    private string Pool(
        string operation, string input, int kernel, int stride, int padding, params ReadOnlySpan<AttributeProto> attributes) =>
        Add(
            operation,
            [input],
            [
                Ints("kernel_shape", kernel, kernel),
                Ints("strides", stride, stride),
                Ints("pads", padding, padding, padding, padding),
                .. attributes,
            ]);

    /// <summary>x / (k + alpha / size * sum of squares over neighbouring channels)^0.75.</summary>
    /// <remarks>
    /// Not as LRN: ONNX Runtime's takes longer than the rest of a GoogLeNet. The sum over neighbours is a convolution with a band of ones,
    /// and t^0.75 is sqrt(t) sqrt(sqrt(t)).
    /// </remarks>
    internal virtual string LocalResponseNorm(string input, int channels, int size, float alpha, float k)
    {
        var band = new float[channels * channels];
        for (var channel = 0; channel < channels; channel++)
        {
            var (first, last) = (Math.Max(0, channel - (size / 2)), Math.Min(channels - 1, channel + ((size - 1) / 2)));
            band.AsSpan((channel * channels) + first, last - first + 1).Fill(alpha / size);
        }

        var bias = new float[channels];
        bias.AsSpan().Fill(k);
        var root = Add("Sqrt", [Conv(Mul(input, input), band, [channels, channels, 1, 1], bias, 1, 0)]);
        return Add("Div", [input, Mul(root, Add("Sqrt", [root]))]);
    }

    internal string Flatten(string input) => Add("Flatten", [input], Int("axis", 1));

    internal string Concat(int axis, params ReadOnlySpan<string> inputs) => Add("Concat", inputs, Int("axis", axis));

    /// <summary>Maps laid end to end along their channels.</summary>
    internal virtual string ConcatChannels(params string[] maps) => Concat(1, maps);

    internal string Add(string left, string right) => Add("Add", [left, right]);

    internal string Pow(string input, double power) => Add("Pow", [input, Floats([(float)power])]);

    internal string AtLeast(string input, double least) => Add("Max", [input, Floats([(float)least])]);

    internal string Mul(string left, string right) => Add("Mul", [left, right]);

    internal string MatMul(string left, string right) => Add("MatMul", [left, right]);

    internal string Softmax(string input) => Add("Softmax", [input], Int("axis", -1));

    internal string LayerNorm(string input, float[] weight, float[] bias, double epsilon) => Add(
        "LayerNormalization",
        [input, Floats(weight, weight.Length), Floats(bias, bias.Length)],
        Int("axis", -1),
        Float("epsilon", (float)epsilon));

    /// <summary>Mean 0 and variance 1 along the last axis, with PyTorch's epsilon and nothing learned.</summary>
    internal string LayerNorm(string input, int width) => LayerNorm(input, [.. Enumerable.Repeat(1f, width)], new float[width], 1e-5);

    /// <summary>x / 2 (1 + erf(x / sqrt 2)): opset 17 has no Gelu; ONNX Runtime recognises this form and runs its own.</summary>
    internal string Gelu(string input)
    {
        var erf = Add("Erf", [Add("Div", [input, Floats([MathF.Sqrt(2)])])]);
        return Mul(Mul(input, Add(erf, Floats([1f]))), Floats([0.5f]));
    }

    /// <summary>A size of 0 copies the input's, -1 takes what is left.</summary>
    internal string Reshape(string input, params ReadOnlySpan<long> shape) => Add("Reshape", [input, Longs(shape)]);

    internal string Transpose(string input, params ReadOnlySpan<long> order) => Add("Transpose", [input], Ints("perm", order));

    /// <summary>One slice along an axis, which disappears.</summary>
    internal string Select(string input, int axis, long index) =>
        Add("Gather", [input, Constant(TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes<long>([index]), [])], Int("axis", axis));

    /// <summary>A constant of shape [1, a, b], repeated to the batch of <paramref name="like"/>.</summary>
    internal string RepeatForBatch(string constant, string like)
    {
        var batch = Add("Shape", [like], Int("start", 0), Int("end", 1));
        return Add("Expand", [constant, Concat(0, batch, Longs([1, 1]))]);
    }

    internal string Sigmoid(string input) => Add("Sigmoid", [input]);

    internal string Tanh(string input) => Add("Tanh", [input]);

    /// <summary>Length 1 along an axis; what is shorter than 1e-12 is divided by 1e-12, as in torch.</summary>
    internal string Normalize(string input, long axis = 1)
    {
        var length = Add("ReduceL2", [input], Ints("axes", axis), Int("keepdims", 1));
        return Add("Div", [input, Add("Max", [length, Floats([1e-12f])])]);
    }

    /// <summary>Whole numbers to floats.</summary>
    private protected string ToFloats(string values) => Add("Cast", [values], Int("to", (long)TensorProto.Types.DataType.Float));

    private protected string Add(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Add(operation, 1, inputs, attributes)[0];

    private protected string[] Add(
        string operation, int outputs, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var name = $"{operation}_{_graph.Node.Count}";
        string[] results = [name, .. Enumerable.Range(1, outputs - 1).Select(i => $"{name}_{i}")];
        var node = new NodeProto { OpType = operation, Name = name, Output = { results } };
        foreach (var input in inputs)
        {
            node.Input.Add(input);
        }

        foreach (var attribute in attributes)
        {
            node.Attribute.Add(attribute);
        }

        _graph.Node.Add(node);
        return results;
    }

    private protected string SignedBytes(sbyte[] values, params ReadOnlySpan<long> shape) =>
        Constant(TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes<sbyte>(values), shape);

    private protected string Byte(byte value) => Constant(TensorProto.Types.DataType.Uint8, [value], []);

    private protected string Integers(int[] values) =>
        Constant(TensorProto.Types.DataType.Int32, MemoryMarshal.AsBytes<int>(values), [values.Length]);

    private string Longs(ReadOnlySpan<long> values) =>
        Constant(TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values), [values.Length]);

    private string Constant(TensorProto.Types.DataType type, ReadOnlySpan<byte> data, ReadOnlySpan<long> shape)
    {
        var tensor = TensorContent.Of($"constant_{_graph.Initializer.Count}", type, data, shape);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    private protected static AttributeProto Int(string name, long value) => GraphPieces.Number(name, value);

    private static AttributeProto Float(string name, float value) =>
        new()
        {
            Name = name,
            F = value,
            Type = AttributeProto.Types.AttributeType.Float,
        };

    private protected static AttributeProto Ints(string name, params ReadOnlySpan<long> values) => GraphPieces.Numbers(name, values);
}
