using Dml.Onnx;

namespace Dml.Embedding.Adoption;

/// <summary>The input of a network that takes the picture.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="ChannelsLast">Whether its layout is [batch, height, width, 3] instead of [batch, 3, height, width].</param>
/// <param name="Bytes">Whether it takes bytes instead of floats.</param>
/// <param name="Batch">The batch size that it is fixed to; null for any.</param>
/// <param name="Side">Its height and width; null for any.</param>
internal sealed record ImageInput(string Name, bool ChannelsLast, bool Bytes, int? Batch, int? Side)
{
    private const int Planes = 3;

    /// <summary>Finds the one input of rank four with three planes.</summary>
    /// <exception cref="AdoptionException">There is none, more than one, or one that is not square.</exception>
    public static ImageInput Find(GraphProto graph)
    {
        var inputs = Inputs(graph).ToArray();
        var pictures = inputs.Where(IsPicture).ToArray();
        if (pictures is not [var picture])
        {
            throw new AdoptionException(
                $"An image network has one input of [batch, {Planes}, height, width] or [batch, height, width, {Planes}]; this one has "
                + $"{(pictures.Length == 0 ? "none" : $"{pictures.Length}")} among {string.Join(", ", inputs.Select(Describe))}.");
        }

        var sizes = picture.Type.TensorType.Shape.Dim;
        var channelsLast = Size(sizes[1]) != Planes && Size(sizes[3]) == Planes;
        var (height, width) = channelsLast ? (Size(sizes[1]), Size(sizes[2])) : (Size(sizes[2]), Size(sizes[3]));
        return height == width
            ? new(picture.Name, channelsLast, IsBytes(picture), Size(sizes[0]), height)
            : throw new AdoptionException($"The input should be square; {Describe(picture)} is not.");
    }

    /// <summary>The inputs of a graph without its constants, which older files list among them.</summary>
    public static IEnumerable<ValueInfoProto> Inputs(GraphProto graph)
    {
        var constants = graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        return graph.Input.Where(input => !constants.Contains(input.Name));
    }

    private static bool IsPicture(ValueInfoProto input) =>
        input.Type?.TensorType is { Shape.Dim: { Count: 4 } sizes } tensor
        && (tensor.ElemType == (int)TensorProto.Types.DataType.Float || IsBytes(input))
        && (Size(sizes[1]) is null or Planes || Size(sizes[3]) == Planes);

    private static bool IsBytes(ValueInfoProto input) => input.Type.TensorType.ElemType == (int)TensorProto.Types.DataType.Uint8;

    private static int? Size(TensorShapeProto.Types.Dimension size) =>
        size.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue && size.DimValue is > 0 and <= int.MaxValue
            ? (int)size.DimValue
            : null;

    private static string Describe(ValueInfoProto input)
    {
        var sizes = input.Type?.TensorType?.Shape?.Dim.Select(size => Size(size)?.ToString() ?? "any") ?? ["unknown"];
        return $"'{input.Name}' [{string.Join(", ", sizes)}]";
    }
}
