namespace Dml.Api.Imports.Archives;

/// <summary>An entry of an archive, without its contents.</summary>
internal sealed record ArchiveEntry(EntryName Name, EntryKind Kind)
{
    /// <summary>The name of the file that a hard link belongs to.</summary>
    public EntryName Target { get; init; }

    /// <summary>Why the contents cannot be read; null if they can.</summary>
    public string? Problem { get; init; }

    /// <summary>Position of the contents in the unpacked tar archive, or of the local header in the zip archive.</summary>
    public long Offset { get; init; }

    /// <summary>Length of the contents in bytes, as the archive states it.</summary>
    public long Size { get; init; }

    /// <summary>Length in a zip archive.</summary>
    public long PackedSize { get; init; }

    /// <summary>Whether the contents are compressed, in a zip archive.</summary>
    public bool IsDeflated { get; init; }

    /// <summary>Checksum of the contents, in a zip archive.</summary>
    public uint Crc32 { get; init; }
}
