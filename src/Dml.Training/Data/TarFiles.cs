using System.Formats.Tar;
using Dml.Files;
using Dml.Training.Catalogues;
using Microsoft.Win32.SafeHandles;

namespace Dml.Training.Data;

/// <summary>The files of an uncompressed .tar, read in place: headers once, a file's bytes on demand.</summary>
internal static class TarFiles
{
    /// <exception cref="RecipeException">It is not a whole .tar.</exception>
    public static List<DatasetFile> Of(string dataset, string tar)
    {
        // A named pipe would be waited for.
        RegularFile.OpenFollowingLinks(tar).Dispose();
        var archive = File.OpenHandle(tar, options: FileOptions.RandomAccess);
        var stamp = File.GetLastWriteTimeUtc(tar).Ticks;
        var files = new List<DatasetFile>();
        try
        {
            using var stream = File.OpenRead(tar);
            using var reader = new TarReader(stream);
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                {
                    var (offset, length) = (entry.DataOffset, entry.Length);
                    if (offset + length > stream.Length)
                    {
                        throw new InvalidDataException($"{entry.Name} is cut off.");
                    }

                    files.Add(new(Clean(entry.Name), length, stamp, () => Read(archive, offset, length)));
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw new RecipeException($"{dataset}: {tar} is not a whole .tar: {e.Message} Get or pack it again.", e);
        }

        return WithoutTopFolder(files);
    }

    private static string Clean(string name) => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;

    // An archive of a folder holds it as its one top folder; the dataset is inside it.
    private static List<DatasetFile> WithoutTopFolder(List<DatasetFile> files)
    {
        var tops = files.Select(f => f.Name[..(f.Name.IndexOf('/', StringComparison.Ordinal) + 1)]).Distinct().ToList();
        return tops is [{ Length: > 0 } top] ? files.ConvertAll(f => f with { Name = f.Name[top.Length..] }) : files;
    }

    private static byte[] Read(SafeFileHandle archive, long offset, long length)
    {
        var bytes = new byte[length];
        var read = 0;
        while (read < bytes.Length)
        {
            var more = RandomAccess.Read(archive, bytes.AsSpan(read), offset + read);
            read += more > 0 ? more : throw new EndOfStreamException("The archive became shorter while it was in use.");
        }

        return bytes;
    }
}
