using System.IO.Compression;

namespace Dml.Training.PyTorchFiles;

/// <summary>
/// The storages of a file since PyTorch 1.6: entries of a zip archive, <c>name/data/0</c> and so on, beside <c>name/data.pkl</c>. They are
/// not compressed, so that none can claim more bytes than the file has.
/// </summary>
internal sealed class ZipStorages : StorageBytes
{
    private const string Pickle = "data.pkl";
    private readonly ZipArchive _archive;
    private readonly string _folder;

    /// <exception cref="FormatException">It is not a file of PyTorch.</exception>
    public ZipStorages(Stream stream)
    {
        try
        {
            _archive = new(stream, ZipArchiveMode.Read, leaveOpen: false);
            var pickles = _archive.Entries.Where(entry => entry.Name == Pickle).ToArray();
            if (pickles is not [var pickle])
            {
                throw new FormatException($"a zip archive of PyTorch has one {Pickle}, this one has {pickles.Length}");
            }

            _folder = pickle.FullName[..^Pickle.Length];
        }
        catch (InvalidDataException e)
        {
            throw new FormatException($"its archive cannot be read ({e.Message})", e);
        }
    }

    /// <summary>The pickle of everything but the elements.</summary>
    /// <exception cref="FormatException">It is damaged or larger than allowed.</exception>
    public byte[] ReadPickle(int most)
    {
        if (_archive.GetEntry(_folder + "byteorder") is { } order && Content(order, 16) is var text && !"little"u8.SequenceEqual(text))
        {
            throw new FormatException("its numbers are not in little-endian order");
        }

        return Content(_archive.GetEntry(_folder + Pickle)!, most);
    }

    /// <inheritdoc/>
    public override void Check(PickledStorage storage)
    {
        var entry = EntryOf(storage) ?? throw new FormatException($"storage '{storage.Key}' is missing");
        if (entry.CompressedLength != entry.Length)
        {
            throw new FormatException($"storage '{storage.Key}' is compressed, which PyTorch never does");
        }

        if (storage.Count < 0 || (Int128)storage.Count * storage.ElementSize != entry.Length)
        {
            throw new FormatException(
                $"storage '{storage.Key}' claims {storage.Count} elements of {storage.ElementSize} bytes; the file has {entry.Length} "
                    + "bytes of it");
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _archive.Dispose();

    private protected override void Fill(PickledStorage storage, long first, byte[] bytes)
    {
        try
        {
            using var stream = EntryOf(storage)!.Open();
            var skipped = new byte[(int)Math.Min(first, 1 << 16)];
            for (var left = first; left > 0;)
            {
                var part = (int)Math.Min(left, skipped.Length);
                stream.ReadExactly(skipped, 0, part);
                left -= part;
            }

            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"Storage '{storage.Key}' ends early: the file is damaged.", e);
        }
    }

    private static byte[] Content(ZipArchiveEntry entry, int most)
    {
        if (entry.Length > most)
        {
            throw new FormatException($"'{entry.Name}' has {entry.Length} bytes; expected are at most {most}");
        }

        try
        {
            using var stream = entry.Open();
            var bytes = new byte[entry.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new FormatException($"'{entry.Name}' cannot be read ({e.Message})", e);
        }
    }

    private ZipArchiveEntry? EntryOf(PickledStorage storage) => _archive.GetEntry($"{_folder}data/{storage.Key}");
}
