namespace Dml.Api.Imports.Archives;

/// <summary>Reads an archive: first the list of its entries, then the contents of some. Memory and time are bounded.</summary>
internal abstract class ArchiveReader : IDisposable
{
    /// <summary>The most entries that are listed.</summary>
    public const int MostEntries = 1_000_000;

    /// <summary>Why the list ends before the archive does; null if it is complete. Valid once all entries have been listed.</summary>
    public string? Failure { get; protected set; }

    /// <summary>Lists the entries in the order of the archive. What is wrong with it does not throw, but ends the list.</summary>
    public abstract IEnumerable<ArchiveEntry> List(CancellationToken cancel);

    /// <summary>Opens a file of the archive. Files are opened one after the other, with ascending offsets.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged there.</exception>
    /// <exception cref="EndOfStreamException">The archive is cut off there.</exception>
    public abstract Stream Open(ArchiveEntry entry);

    /// <summary>What is wrong with the contents of a file that was read to its end; null if nothing is known to be.</summary>
    public virtual string? ProblemOf(ArchiveEntry entry, ReadOnlySpan<byte> contents) => null;

    public abstract void Dispose();

    /// <summary>What is wrong where the file of the archive cannot be read.</summary>
    protected static string Unreadable(IOException exception, ArchiveEntry? last) =>
        $"The archive cannot be read {After(last)} (error {exception.HResult}).";

    /// <summary>"after x.png", or where else a list ended.</summary>
    protected static string After(ArchiveEntry? last) => last is null ? "within its first entry" : $"after {last.Name.Short}";
}
