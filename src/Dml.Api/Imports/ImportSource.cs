using System.Buffers;

namespace Dml.Api.Imports;

/// <summary>
/// The files of an import; <c>Total</c> is null when their number is known only after reading all of them, and <c>LeftOut</c> is complete
/// then.
/// </summary>
internal sealed record ImportSource(int? Total, LeftOutFiles LeftOut, IAsyncEnumerable<ImportFile> Files)
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".tif", ".tiff"];

    /// <summary>Whether a file's name looks like a picture's.</summary>
    public static bool IsPicture(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file or one of its folders is hidden.</summary>
    public static bool IsHidden(string path) => path.Split('/').Any(part => part.StartsWith('.') || part == "__MACOSX");

    /// <summary>Reads a stream; a file of more than <paramref name="most"/> bytes becomes a problem.</summary>
    public static async Task<ImportFile> ReadAsync(string path, Stream stream, int most, CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(81920);
        try
        {
            while (await stream.ReadAsync(buffer, cancel) is var read and > 0)
            {
                if (bytes.Length + read > most)
                {
                    return new ImportFile(path, [], $"The file has more than {most} bytes (Limits:MaxBodyBytes).");
                }

                bytes.Write(buffer, 0, read);
            }

            return new ImportFile(path, bytes.ToArray());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
