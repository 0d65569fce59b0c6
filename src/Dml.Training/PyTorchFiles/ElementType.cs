namespace Dml.Training.PyTorchFiles;

/// <summary>What a tensor's elements are.</summary>
internal enum ElementType
{
    /// <summary>32-bit float.</summary>
    Float,

    /// <summary>64-bit float.</summary>
    Double,

    /// <summary>IEEE half.</summary>
    Half,

    /// <summary>The upper half of a 32-bit float.</summary>
    BFloat16,

    /// <summary>64-bit integer.</summary>
    Long,

    /// <summary>32-bit integer.</summary>
    Int,

    /// <summary>16-bit integer.</summary>
    Short,

    /// <summary>8-bit integer.</summary>
    Char,

    /// <summary>Unsigned 8-bit integer.</summary>
    Byte,

    /// <summary>A byte, 0 or 1.</summary>
    Bool,
}
