namespace Dml.Index;

/// <summary>Where the vectors of an <see cref="HnswIndex"/> are once it is loaded or saved. Codes and links are always in memory.</summary>
public enum VectorPlace
{
    /// <summary>In the mapped file: the system loads the pages that are read and drops them when memory is short.</summary>
    File = 0,

    /// <summary>In memory.</summary>
    Memory = 1,
}
