namespace Dml.Api.Imports;

/// <summary>Where the files of an import come from. It is read once; the other members are complete then.</summary>
internal abstract class ImportSource : IDisposable
{
    /// <summary>Number of files; null until it is known.</summary>
    public int? Total { get; protected set; }

    /// <summary>Number of hidden files, and of hidden folders that were not entered.</summary>
    public int Hidden { get; protected set; }

    /// <summary>Number of files that a later one of the same name took the place of.</summary>
    public int Superseded { get; protected set; }

    /// <summary>Why the source could not be read to its end; null if it could.</summary>
    public string? Failure { get; protected set; }

    /// <summary>Reads the files. No two have the same path.</summary>
    public abstract IEnumerable<ImportFile> Read(CancellationToken cancel);

    public abstract void Dispose();
}
