using System.Buffers.Binary;
using System.Text;

namespace Dml.Training.Data.Matlab;

/// <summary>An array element: flags, dimensions, name, then what its class says.</summary>
internal static class MatMatrix
{
    private const int CellClass = 1;
    private const int StructClass = 2;
    private const int CharClass = 4;
    private const int FirstNumericClass = 6;
    private const int LastNumericClass = 15;

    /// <exception cref="InvalidDataException">Cut off, or of a class that is not read.</exception>
    public static (string Name, MatValue Value) Read(ReadOnlyMemory<byte> data)
    {
        // An empty cell or field has no content at all.
        if (data.Length == 0)
        {
            return ("", new MatNumbers([]));
        }

        var flags = (int)MatElement.Take(ref data).ToNumbers()[0];
        var count = MatElement.Take(ref data).ToNumbers().Aggregate(1L, (product, length) => checked(product * (long)length));
        var name = Encoding.ASCII.GetString(MatElement.Take(ref data).Data.Span);
        return (name, (flags & 0xFF) switch
        {
            CellClass => new MatCells(Matrices(ref data, count)),
            StructClass => Structs(ref data, count),
            CharClass => new MatText(MatElement.Take(ref data).ToText()),
            >= FirstNumericClass and <= LastNumericClass => new MatNumbers(MatElement.Take(ref data).ToNumbers()),
            var other => throw new InvalidDataException($"variable '{name}' is of array class {other}, which is not read."),
        });
    }

    private static MatStructs Structs(ref ReadOnlyMemory<byte> data, long count)
    {
        var nameBytes = BinaryPrimitives.ReadInt32LittleEndian(MatElement.Take(ref data).Data.Span);
        var all = MatElement.Take(ref data).Data;
        string[] fields =
        [
            .. Enumerable
                .Range(0, nameBytes > 0 ? all.Length / nameBytes : 0)
                .Select(i => Encoding.ASCII.GetString(all.Span.Slice(i * nameBytes, nameBytes)).TrimEnd('\0')),
        ];
        var values = Matrices(ref data, count * fields.Length);
        return new([.. values.Chunk(Math.Max(1, fields.Length)).Select(own => fields.Zip(own).ToDictionary(f => f.First, f => f.Second))]);
    }

    private static MatValue[] Matrices(ref ReadOnlyMemory<byte> data, long count)
    {
        var values = new List<MatValue>();
        for (var i = 0L; i < count; i++)
        {
            var element = MatElement.Take(ref data);
            values.Add(
                element.Type == MatType.Matrix
                    ? Read(element.Data).Value
                    : throw new InvalidDataException($"a cell or field holds an element of type {(int)element.Type}; expected an array."));
        }

        return [.. values];
    }
}
