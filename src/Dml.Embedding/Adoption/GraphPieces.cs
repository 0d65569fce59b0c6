using System.Runtime.InteropServices;
using Dml.Embedding.Onnx;

namespace Dml.Embedding.Adoption;

/// <summary>Appends nodes to a graph in the form that its operator set has. Every method returns the name of its result.</summary>
/// <param name="graph">What is appended to.</param>
/// <param name="opset">Version of the operators.</param>
/// <param name="wanted">Begins every new name; made longer where the graph has such names.</param>
internal sealed class GraphPieces(GraphProto graph, long opset, string wanted)
{
    // Until 18 the axes of a reduction were an attribute.
    private const long AxesAsInput = 18;
    private const long SliceByInputs = 10;
    private readonly string _prefix = graph.FreshPrefix(wanted);
    private int _count;

    /// <summary>Whether a node was appended by this.</summary>
    public bool Added(NodeProto node) => node.Name.StartsWith(_prefix, StringComparison.Ordinal);

    /// <summary>Gives a value another name, by which it is known outside.</summary>
    public void Give(string value, string name) => graph.Node.Add(
        new NodeProto { OpType = "Identity", Name = $"{_prefix}{name}", Input = { value }, Output = { name } });

    public string Add(string operation, string[] inputs, params AttributeProto[] attributes)
    {
        var name = $"{_prefix}{operation}_{_count++}";
        graph.Node.Add(new NodeProto { OpType = operation, Name = name, Input = { inputs }, Output = { name }, Attribute = { attributes } });
        return name;
    }

    public string Longs(ReadOnlySpan<long> values, params ReadOnlySpan<long> shape) =>
        Constant(TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values), shape);

    public string Floats(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Constant(TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values), shape);

    public string Integers(ReadOnlySpan<int> values) =>
        Constant(TensorProto.Types.DataType.Int32, MemoryMarshal.AsBytes(values), values.Length);

    public string SignedBytes(ReadOnlySpan<sbyte> values, params ReadOnlySpan<long> shape) =>
        Constant(TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes(values), shape);

    public string Byte(byte value) => Constant(TensorProto.Types.DataType.Uint8, [value]);

    public string Mean(string input, params long[] axes) => opset < AxesAsInput
        ? Add("ReduceMean", [input], Ints("axes", axes), Int("keepdims", 0))
        : Add("ReduceMean", [input, Longs(axes, axes.Length)], Int("keepdims", 0));

    /// <summary>One position of an axis, which disappears.</summary>
    public string Select(string input, int axis, long position) => Add("Gather", [input, Longs([position])], Int("axis", axis));

    /// <summary>All positions of an axis but the first.</summary>
    public string WithoutFirst(string input, long axis) => opset < SliceByInputs
        ? Add("Slice", [input], Ints("starts", 1), Ints("ends", int.MaxValue), Ints("axes", axis))
        : Add("Slice", [input, Longs([1], 1), Longs([int.MaxValue], 1), Longs([axis], 1)]);

    public string Reshape(string input, params long[] shape) => Add("Reshape", [input, Longs(shape, shape.Length)]);

    public string Cast(string input, TensorProto.Types.DataType type) => Add("Cast", [input], Int("to", (long)type));

    public string Transpose(string input, params long[] order) => Add("Transpose", [input], Ints("perm", order));

    public string Flatten(string input) => Add("Flatten", [input], Int("axis", 1));

    /// <summary>Rows of length one.</summary>
    public string Normalize(string input) => Add("LpNormalization", [input], Int("axis", 1), Int("p", 2));

    private string Constant(TensorProto.Types.DataType type, ReadOnlySpan<byte> data, params ReadOnlySpan<long> shape)
    {
        var tensor = TensorContent.Of($"{_prefix}constant_{_count++}", type, data, shape);
        graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    public static AttributeProto Int(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Ints(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (var value in values)
        {
            attribute.Ints.Add(value);
        }

        return attribute;
    }

    public static ValueInfoProto Port(string name, params ReadOnlySpan<long?> shape)
    {
        var sizes = new TensorShapeProto();
        foreach (var side in shape)
        {
            sizes.Dim.Add(side is { } stated ? new() { DimValue = stated } : new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        }

        return new()
        {
            Name = name,
            Type = new() { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float, Shape = sizes } },
        };
    }
}
