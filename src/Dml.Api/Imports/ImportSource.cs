using System.Buffers;

namespace Dml.Api.Imports;

/// <summary>Where an import's files come from; how many there are is null when only reading all of them would tell.</summary>
internal sealed record ImportSource(int? Total, IAsyncEnumerable<ImportFile> Files)
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp", ".gif"];

    /// <summary>Whether a file's name promises a picture; hidden files and folders never do.</summary>
    public static bool IsPicture(string path) =>
        Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
        && !path.Split('/').Any(part => part.StartsWith('.') || part == "__MACOSX");

    /// <summary>All bytes of a stream, or the problem that there are more than <paramref name="most"/>.</summary>
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
