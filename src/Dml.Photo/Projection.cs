using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Dml.Files;
using Dml.Onnx;

namespace Dml.Photo;

/// <summary>
/// The linear layer at the end of <c>photo</c>, in a file: two int32 (features, dimension), float16 weight [features, dimension], float32
/// bias [dimension], all little-endian.
/// </summary>
/// <param name="Weight">[features, dimension].</param>
/// <param name="Bias">[dimension].</param>
internal sealed record Projection(float[] Weight, float[] Bias)
{
    private const int Header = 2 * sizeof(int);

    /// <summary>Length of the embedding.</summary>
    public int Dimension => Bias.Length;

    /// <exception cref="InvalidDataException">The file's length does not fit its sizes.</exception>
    public static Projection Load(string path)
    {
        var bytes = File.ReadAllBytes(path).AsSpan();
        var (features, dimension) = bytes.Length < Header
            ? (0, 0)
            : (BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[sizeof(int)..]));
        var weights = (long)features * dimension;
        if (features <= 0 || dimension <= 0 || bytes.Length != Header + (weights * sizeof(ushort)) + (dimension * sizeof(float)))
        {
            throw new InvalidDataException(
                $"{path} should hold a projection; its {bytes.Length} bytes do not fit [{features}, {dimension}].");
        }

        var halves = MemoryMarshal.Cast<byte, Half>(bytes.Slice(Header, (int)weights * sizeof(ushort)));
        var weight = new float[weights];
        for (var i = 0; i < weight.Length; i++)
        {
            weight[i] = (float)halves[i];
        }

        return new(weight, MemoryMarshal.Cast<byte, float>(bytes[(Header + ((int)weights * sizeof(ushort)))..]).ToArray());
    }

    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        Span<byte> header = stackalloc byte[Header];
        BinaryPrimitives.WriteInt32LittleEndian(header, Weight.Length / Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(header[sizeof(int)..], Dimension);
        stream.Write(header);
        stream.Write(MemoryMarshal.AsBytes<Half>(Weight.Select(value => (Half)value).ToArray()));
        stream.Write(MemoryMarshal.AsBytes<float>(Bias));
    });

    /// <summary>Appends the layer; returns [batch, dimension].</summary>
    public string Append(GraphPieces pieces, string features) => pieces.Add(
        "Gemm", [features, pieces.Floats(Weight, Weight.Length / Dimension, Dimension), pieces.Floats(Bias, Dimension)]);
}
