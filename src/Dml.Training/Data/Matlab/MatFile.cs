using System.IO.Compression;

namespace Dml.Training.Data.Matlab;

/// <summary>
/// Reads MATLAB's .mat files of level 5 (versions 5 to 7.2, compressed or not): numbers, text, cells and structs. Format: "MAT-File
/// Format", The MathWorks, section 1.
/// </summary>
internal static class MatFile
{
    private const int HeaderBytes = 128;

    /// <summary>The variables of a file by name.</summary>
    /// <exception cref="InvalidDataException">
    /// Not of level 5 or little-endian, cut off, or with a kind of array that is not read.
    /// </exception>
    public static IReadOnlyDictionary<string, MatValue> Read(ReadOnlyMemory<byte> file)
    {
        if (file.Length < HeaderBytes || file.Span[126] != (byte)'I' || file.Span[127] != (byte)'M' || file.Span[125] != 1)
        {
            throw new InvalidDataException("it is not a little-endian MATLAB file of level 5 (save it with -v7 or -v6).");
        }

        var variables = new Dictionary<string, MatValue>(StringComparer.Ordinal);
        for (var rest = file[HeaderBytes..]; rest.Length > 0;)
        {
            var element = MatElement.Take(ref rest);
            var matrix = element;
            if (element.Type == MatType.Compressed)
            {
                var inflated = Inflate(element.Data);
                matrix = MatElement.Take(ref inflated);
            }

            if (matrix.Type == MatType.Matrix)
            {
                var (name, value) = MatMatrix.Read(matrix.Data);
                variables[name] = value;
            }
        }

        return variables;
    }

    private static ReadOnlyMemory<byte> Inflate(ReadOnlyMemory<byte> data)
    {
        using var zipped = new ZLibStream(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        zipped.CopyTo(plain);
        return plain.ToArray();
    }
}
