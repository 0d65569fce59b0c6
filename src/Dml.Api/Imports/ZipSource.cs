using System.IO.Compression;
using System.Runtime.CompilerServices;

namespace Dml.Api.Imports;

/// <summary>Reads the pictures of a zip archive.</summary>
internal static class ZipSource
{
    /// <exception cref="InvalidDataException">The file is not a zip archive, or its directory is damaged.</exception>
    public static ImportSource Open(string path, int mostBytes)
    {
        using var archive = ZipFile.OpenRead(path);
        var leftOut = new LeftOutFiles();
        var names = archive.Entries.Select(NameOf).Where(leftOut.Admits).ToHashSet(StringComparer.Ordinal);
        return new ImportSource(names.Count, leftOut, ReadAsync(path, names, mostBytes));
    }

    private static string NameOf(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/');

    private static async IAsyncEnumerable<ImportFile> ReadAsync(
        string path, HashSet<string> names, int mostBytes, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var archive = ZipFile.OpenRead(path);
        foreach (var entry in archive.Entries.Where(entry => names.Contains(NameOf(entry))))
        {
            ImportFile file;
            try
            {
                await using var stream = await entry.OpenAsync(cancel);
                file = await ImportSource.ReadAsync(NameOf(entry), stream, mostBytes, cancel);
            }
            catch (InvalidDataException exception)
            {
                file = new ImportFile(NameOf(entry), [], exception.Message);
            }

            yield return file;
        }
    }
}
