using System.IO.Compression;

namespace Dml.Api.Imports.Archives;

/// <summary>Reads a tar archive, uncompressed or compressed with gzip.</summary>
/// <remarks>
/// .NET's own reader loads extended headers of any size, ends at the first entry that it does not support, and does not tell names apart
/// that are not UTF-8.
/// </remarks>
internal sealed class TarReader(string path, bool isCompressed, long mostUnpacked, string setting) : ArchiveReader
{
    private ForwardStream? _contents;

    public override IEnumerable<ArchiveEntry> List(CancellationToken cancel)
    {
        using var stream = OpenStream();
        var scan = new TarScan(stream);
        ArchiveEntry? last = null;
        for (var count = 0; ; count++)
        {
            cancel.ThrowIfCancellationRequested();
            ArchiveEntry? entry;
            try
            {
                entry = scan.Next();
            }
            catch (EndOfStreamException)
            {
                Failure = $"The archive is cut off {After(last)}.";
                yield break;
            }
            catch (InvalidDataException exception)
            {
                Failure = last is null
                    ? $"This is not a tar archive{(isCompressed ? " in gzip" : "")}: {exception.Message}"
                    : $"The archive cannot be read {After(last)}: {exception.Message}";
                yield break;
            }

            catch (IOException exception)
            {
                Failure = Unreadable(exception, last);
                yield break;
            }

            if (entry is null)
            {
                yield break;
            }

            if (count == MostEntries)
            {
                Failure = $"The archive has more than {MostEntries} entries and is not read {After(last)}.";
                yield break;
            }

            yield return entry;
            last = scan.IsCut ? last : entry;
        }
    }

    public override Stream Open(ArchiveEntry entry)
    {
        _contents ??= OpenStream();
        _contents.SkipTo(entry.Offset);
        return new EntryStream(_contents.Read, entry.Size);
    }

    public override void Dispose() => _contents?.Dispose();

    private ForwardStream OpenStream()
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 64 * 1024);
        return isCompressed
            ? new ForwardStream(new GZipStream(file, CompressionMode.Decompress), mostUnpacked, setting)
            : new ForwardStream(file, long.MaxValue, setting);
    }
}
