namespace Dml.Training.Weights;

/// <summary>Element types that <see cref="SafetensorsFile"/> reads; the names are the format's own.</summary>
public enum SafetensorsType
{
    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>IEEE half.</summary>
    F16,

    /// <summary>bfloat16, the upper half of a 32-bit float.</summary>
    BF16,

    /// <summary>64-bit integer.</summary>
    I64,

    /// <summary>A byte.</summary>
    U8,
}
