using System.Buffers;
using Dml.Embedding;

namespace Dml.Api.Imports;

/// <summary>Reads the contents of a file, if they are a picture. Its first bytes tell that, not its name.</summary>
/// <param name="mostBytes">The largest picture in bytes.</param>
internal sealed class ImportContent(int mostBytes)
{
    private const int BufferBytes = 80 * 1024;
    private const int MostLetters = 12;

    // A file with such a name that is not a picture is a problem; any other is not worth a word of its own.
    private static readonly string[] PictureNames =
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".apng",
        ".webp",
        ".gif",
        ".avif",
        ".tif",
        ".tiff",
    ];

    /// <summary>Number of bytes read so far, of all files.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Reads a file once, for all of its names.</summary>
    /// <param name="names">Its paths; more than one where an archive links them.</param>
    /// <param name="stream">Its contents.</param>
    /// <param name="size">Their length as the source states it.</param>
    public IEnumerable<ImportFile> Read(IEnumerable<ImportPath> names, Stream stream, long size)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var length = stream.ReadAtLeast(buffer.AsSpan(0, PictureHead.Bytes), PictureHead.Bytes, throwOnEndOfStream: false);
            BytesRead += length;
            var tooLarge = $"The file has more than {mostBytes} bytes (Limits:MaxBodyBytes).";
            if (!PictureHead.IsPicture(buffer.AsSpan(0, length), out var error))
            {
                var problem = size > mostBytes ? tooLarge : error.Message;
                return [.. names.Select(name => IsPictureName(name.Text)
                    ? new ImportFile(name, [], problem)
                    : new ImportFile(name, [], LeftOut: KindOf(name.Text)))];
            }

            var picture = size > mostBytes ? null : ReadRest(buffer, length, stream, (int)size);
            return [.. names.Select(name => picture is null
                ? new ImportFile(name, [], tooLarge)
                : new ImportFile(name, picture))];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Null when it is too large: what the source states need not be true.
    private byte[]? ReadRest(byte[] buffer, int length, Stream stream, int size)
    {
        using var bytes = new MemoryStream(size);
        do
        {
            bytes.Write(buffer, 0, length);
            length = stream.Read(buffer);
            BytesRead += length;
            if (bytes.Length + length > mostBytes)
            {
                return null;
            }
        }
        while (length > 0);

        return bytes.ToArray();
    }

    private static bool IsPictureName(string path) => PictureNames.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static string KindOf(string path)
    {
        var extension = Path.GetExtension(path).TrimStart('.').ToUpperInvariant();
        return extension.Length == 0 ? "no extension"
            : extension.Length > MostLetters || !extension.All(char.IsLetterOrDigit) ? LeftOutFiles.Other
            : extension;
    }
}
