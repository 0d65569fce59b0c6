using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;

namespace Dml.Api.Imports;

/// <summary>Reads the pictures of a tar archive, uncompressed or compressed with gzip.</summary>
internal static class TarSource
{
    public static ImportSource Open(string path, bool isCompressed, int mostBytes)
    {
        var leftOut = new LeftOutFiles();
        return new ImportSource(null, leftOut, ReadAsync(path, isCompressed, mostBytes, leftOut));
    }

    private static async IAsyncEnumerable<ImportFile> ReadAsync(
        string path, bool isCompressed, int mostBytes, LeftOutFiles leftOut, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using var file = File.OpenRead(path);
        await using Stream stream = isCompressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        await using var reader = new TarReader(stream);
        while (await reader.GetNextEntryAsync(copyData: false, cancel) is { } entry)
        {
            var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (
                entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile
                && leftOut.Admits(name)
                && entry.DataStream is { } data)
            {
                yield return await ImportSource.ReadAsync(name, data, mostBytes, cancel);
            }
        }
    }
}
