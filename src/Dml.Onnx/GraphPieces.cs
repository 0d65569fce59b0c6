using System.Runtime.InteropServices;

namespace Dml.Onnx;

/// <summary>Appends nodes to a graph in the form that its operator set has. Every method returns the name of its result.</summary>
/// <param name="graph">What is appended to.</param>
/// <param name="opset">Version of the operators.</param>
/// <param name="wanted">Begins every new name; made longer where the graph has such names.</param>
public sealed class GraphPieces(GraphProto graph, long opset, string wanted)
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

    /// <summary>One node of one result.</summary>
    public string Add(string operation, string[] inputs, params AttributeProto[] attributes)
    {
        var name = $"{_prefix}{operation}_{_count++}";
        graph.Node.Add(
            new NodeProto { OpType = operation, Name = name, Input = { inputs }, Output = { name }, Attribute = { attributes } });
        return name;
    }

    /// <summary>A constant of 64-bit integers; no shape means a scalar.</summary>
    public string Longs(ReadOnlySpan<long> values, params ReadOnlySpan<long> shape) =>
        Constant(TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A constant of floats; no shape means a scalar.</summary>
    public string Floats(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Constant(TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A row of 32-bit integers.</summary>
    public string Integers(ReadOnlySpan<int> values) =>
        Constant(TensorProto.Types.DataType.Int32, MemoryMarshal.AsBytes(values), values.Length);

    /// <summary>A constant of signed bytes.</summary>
    public string SignedBytes(ReadOnlySpan<sbyte> values, params ReadOnlySpan<long> shape) =>
        Constant(TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A byte.</summary>
    public string Byte(byte value) => Constant(TensorProto.Types.DataType.Uint8, [value]);

    /// <summary>The mean over axes, which disappear.</summary>
    public string Mean(string input, params long[] axes) => opset < AxesAsInput
        ? Add("ReduceMean", [input], Numbers("axes", axes), Number("keepdims", 0))
        : Add("ReduceMean", [input, Longs(axes, axes.Length)], Number("keepdims", 0));

    /// <summary>One position of an axis, which disappears.</summary>
    public string Select(string input, int axis, long position) => Add("Gather", [input, Longs([position])], Number("axis", axis));

    /// <summary>All positions of an axis but the first.</summary>
    public string WithoutFirst(string input, long axis) => opset < SliceByInputs
        ? Add("Slice", [input], Numbers("starts", 1), Numbers("ends", int.MaxValue), Numbers("axes", axis))
        : Add("Slice", [input, Longs([1], 1), Longs([int.MaxValue], 1), Longs([axis], 1)]);

    /// <summary>Another shape; -1 takes what is left.</summary>
    public string Reshape(string input, params long[] shape) => Add("Reshape", [input, Longs(shape, shape.Length)]);

    /// <summary>Another type.</summary>
    public string Cast(string input, TensorProto.Types.DataType type) => Add("Cast", [input], Number("to", (long)type));

    /// <summary>Another order of the axes.</summary>
    public string Transpose(string input, params long[] order) => Add("Transpose", [input], Numbers("perm", order));

    /// <summary>[batch, everything else].</summary>
    public string Flatten(string input) => Add("Flatten", [input], Number("axis", 1));

    /// <summary>Rows of length one.</summary>
    public string Normalize(string input) => Add("LpNormalization", [input], Number("axis", 1), Number("p", 2));

    private string Constant(TensorProto.Types.DataType type, ReadOnlySpan<byte> data, params ReadOnlySpan<long> shape)
    {
        var tensor = TensorContent.Of($"{_prefix}constant_{_count++}", type, data, shape);
        graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>An attribute of one integer.</summary>
    public static AttributeProto Number(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    /// <summary>An attribute of integers.</summary>
    public static AttributeProto Numbers(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (var value in values)
        {
            attribute.Ints.Add(value);
        }

        return attribute;
    }

    /// <summary>An input or output of floats; a size of null is the batch, left open.</summary>
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
