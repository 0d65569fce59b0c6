using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Dml.Training.Tests.Data;

/// <summary>Writes .mat files of level 5 as MATLAB does: texts as UTF-16, small numbers in small elements.</summary>
internal static class MatWriter
{
    /// <summary>A value is a number, a text, an array of texts (a cell array) or an array of dictionaries (a struct array).</summary>
    public static byte[] File(bool compress, params (string Name, object Value)[] variables)
    {
        var file = new List<byte>(Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file, Platform: GLNXA64".PadRight(124)));
        file.AddRange([0x00, 0x01, (byte)'I', (byte)'M']);
        foreach (var (name, value) in variables)
        {
            var matrix = Matrix(name, value);
            file.AddRange(compress ? Compressed(matrix) : matrix);
        }

        return [.. file];
    }

    private static byte[] Matrix(string name, object value) => value switch
    {
        string text => Array(4, name, [1, text.Length], Element(4, Encoding.Unicode.GetBytes(text))),
        double number => Array(9, name, [1, 1], Small(2, [(byte)number])),
        string[] cells => Array(1, name, [1, cells.Length], [.. cells.SelectMany(c => Matrix("", c))]),
        IReadOnlyDictionary<string, object>[] structs => Structs(name, structs),
        _ => throw new ArgumentException(value.GetType().Name, nameof(value)),
    };

    private static byte[] Structs(string name, IReadOnlyDictionary<string, object>[] structs)
    {
        const int NameBytes = 32;
        string[] fields = [.. structs[0].Keys];
        var names = fields.SelectMany(f => Encoding.ASCII.GetBytes(f.PadRight(NameBytes, '\0'))).ToArray();
        return Array(
            2, name, [1, structs.Length],
            [.. Small(5, Int32(NameBytes)), .. Element(1, names), .. structs.SelectMany(s => fields.SelectMany(f => Matrix("", s[f])))]);
    }

    private static byte[] Array(byte type, string name, int[] dimensions, byte[] content) =>
        Element(
            14,
            [
                .. Element(6, [type, 0, 0, 0, 0, 0, 0, 0]),
                .. Element(5, [.. dimensions.SelectMany(Int32)]),
                .. name.Length is > 0 and <= 4 ? Small(1, Encoding.ASCII.GetBytes(name)) : Element(1, Encoding.ASCII.GetBytes(name)),
                .. content,
            ]);

    private static byte[] Element(int type, byte[] data) =>
        [.. Int32(type), .. Int32(data.Length), .. data, .. new byte[(8 - data.Length % 8) % 8]];

    private static byte[] Small(int type, byte[] data) => [.. Int32(type | (data.Length << 16)), .. data, .. new byte[4 - data.Length]];

    private static byte[] Compressed(byte[] matrix)
    {
        using var zipped = new MemoryStream();
        using (var zlib = new ZLibStream(zipped, CompressionLevel.Fastest))
        {
            zlib.Write(matrix);
        }

        var data = zipped.ToArray();
        return [.. Int32(15), .. Int32(data.Length), .. data];
    }

    private static byte[] Int32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
