namespace Dml.Api.Imports.Archives;

/// <summary>Goes through a tar archive from header to header.</summary>
internal sealed class TarScan(ForwardStream stream)
{
    private const string Sparse = "It is stored as a sparse file, which cannot be read.";

    private readonly byte[] _block = new byte[TarHeader.BlockBytes];
    private long _next;
    private bool _hasBlock;
    private bool _hasEnded;
    private Exception? _end;

    /// <summary>Whether the entry that was returned last is incomplete.</summary>
    public bool IsCut => _end is not null;

    /// <summary>The next entry; null at the end.</summary>
    /// <exception cref="EndOfStreamException">The archive is cut off.</exception>
    /// <exception cref="InvalidDataException">The archive is damaged, or unpacks to too much.</exception>
    public ArchiveEntry? Next()
    {
        var extension = new TarExtension();
        while (TryReadBlock())
        {
            if (!_block.AsSpan().ContainsAnyExcept((byte)0))
            {
                // Two empty blocks are the end mark. Another archive may have been appended behind it.
                _hasEnded = true;
                continue;
            }

            if (!TarHeader.TryRead(_block, out var header))
            {
                return _hasEnded ? null : throw new InvalidDataException("There is no header where one should be.");
            }

            _hasEnded = false;
            if (header.Type is 'g' or 'x' or 'X' or 'L' or 'K')
            {
                if (ReadExtension(header, extension) is { } refused)
                {
                    return refused;
                }
            }
            else if (EntryOf(header, extension) is { } entry)
            {
                return entry;
            }
            else
            {
                extension = new TarExtension();
            }
        }

        return _hasEnded ? null : throw new EndOfStreamException();
    }

    // Null for what needs no mention.
    private ArchiveEntry? ReadExtension(TarHeader header, TarExtension extension)
    {
        var (type, size) = (header.Type, header.Size);
        if (size > TarExtension.MostBytes)
        {
            var problem = $"Its extended header has {size} bytes; at most {TarExtension.MostBytes} are read.";
            extension.Problem = problem;
            var name = EntryName.OfTar(header.Name);
            Skip(size);
            // A global header belongs to no entry.
            return type == 'g' ? new ArchiveEntry(name, EntryKind.File) { Problem = problem } : null;
        }

        var data = new byte[size];
        for (var read = 0; read < data.Length;)
        {
            read += stream.Read(data.AsSpan(read)) is var count and > 0 ? count : throw new EndOfStreamException();
        }

        _next = stream.Position + Padding(size);
        // Global headers hold comments, and values for entries that state their own.
        if (type != 'g')
        {
            extension.Add(type, data);
        }

        return null;
    }

    private ArchiveEntry? EntryOf(TarHeader header, TarExtension extension)
    {
        var size = extension.Size ?? header.Size;
        var entry = new ArchiveEntry(EntryName.OfTar(extension.Name ?? header.Name), EntryKind.File)
        {
            Problem = extension.Problem ?? (extension.IsSparse ? Sparse : null),
        };
        switch (header.Type)
        {
            case '0' or '\0' or '7':
                return entry.Name.Text.EndsWith('/') && size == 0
                    ? entry with { Kind = EntryKind.Folder }
                    : WithContents(entry, size);
            case '1':
                var link = entry with { Kind = EntryKind.HardLink, Target = EntryName.OfTar(extension.Target ?? [.. header.Target]) };
                return size > 0 && HasContents() ? WithContents(entry, size) : link;
            case '2':
                return entry with { Kind = EntryKind.SymbolicLink };
            case '3' or '4':
                return entry with { Problem = "It is a device; only regular files are read." };
            case '5':
                return entry with { Kind = EntryKind.Folder };
            case '6':
                return entry with { Problem = "It is a named pipe; only regular files are read." };
            case 'D' or 'V' or 'N':
                // A list of a folder's files, the volume's name, and long names in a form that no program has written for decades.
                Skip(size);
                return null;
            case 'S':
                SkipSparseMap(header.IsExtended);
                return WithContents(entry with { Problem = Sparse }, size);
            case var type:
                var shown = type is > ' ' and <= '~' ? type.ToString() : $"0x{(int)type:X2}";
                return WithContents(
                    entry with { Problem = entry.Problem ?? $"It is an entry of the type \"{shown}\", which is not read." }, size);
        }
    }

    private ArchiveEntry WithContents(ArchiveEntry entry, long size)
    {
        // Its first block may have been read already.
        var offset = stream.Position - (_hasBlock ? TarHeader.BlockBytes : 0);
        _hasBlock = false;
        try
        {
            stream.SkipTo(offset + size);
        }
        catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException)
        {
            // Thrown when the next entry is asked for, so that this one is named.
            _end = exception;
            return entry with { Problem = exception is EndOfStreamException ? EntryStream.Cut : exception.Message };
        }

        _next = offset + size + Padding(size);
        return entry with { Offset = offset, Size = size };
    }

    // Old programs state the size of the file and write no contents; POSIX lets others write the contents again.
    private bool HasContents()
    {
        if (!TryReadBlock())
        {
            return false;
        }

        _hasBlock = true;
        return _block.AsSpan().ContainsAnyExcept((byte)0) && !TarHeader.TryRead(_block, out _);
    }

    private void SkipSparseMap(bool isExtended)
    {
        while (isExtended)
        {
            if (!TryReadBlock())
            {
                throw new EndOfStreamException();
            }

            isExtended = _block[504] != 0;
        }
    }

    private void Skip(long size)
    {
        stream.SkipTo(stream.Position + size);
        _next = stream.Position + Padding(size);
    }

    private static long Padding(long size) => (TarHeader.BlockBytes - (size % TarHeader.BlockBytes)) % TarHeader.BlockBytes;

    // False at the end of the stream.
    private bool TryReadBlock()
    {
        if (_hasBlock)
        {
            _hasBlock = false;
            return true;
        }

        if (_end is not null)
        {
            throw _end;
        }

        if (_next > stream.Position)
        {
            stream.SkipTo(_next);
        }

        var read = 0;
        while (read < _block.Length)
        {
            var count = stream.Read(_block.AsSpan(read));
            if (count == 0)
            {
                return read == 0 || _hasEnded ? false : throw new EndOfStreamException();
            }

            read += count;
        }

        return true;
    }
}
