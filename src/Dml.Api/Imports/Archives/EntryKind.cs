namespace Dml.Api.Imports.Archives;

/// <summary>What an entry of an archive is.</summary>
internal enum EntryKind
{
    /// <summary>A file with contents.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A further name of an earlier file.</summary>
    HardLink,

    /// <summary>The path of another file, which need not exist.</summary>
    SymbolicLink,
}
