namespace Dml.Index;

/// <summary>Where the vectors of a loaded <see cref="HnswIndex"/> are; codes and links are in memory in any case.</summary>
public enum VectorPlace
{
    /// <summary>Mapped: the system brings in the pages that hits lie on, and takes them back when memory is short.</summary>
    File = 0,

    /// <summary>Read at once.</summary>
    Memory = 1,
}
