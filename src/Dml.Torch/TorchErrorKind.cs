namespace Dml.Torch;

/// <summary>The kinds of errors libtorch raises.</summary>
public enum TorchErrorKind
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary>A check of libtorch failed: shapes or types that do not fit, a broken autograd rule.</summary>
    Torch = 1,

    /// <summary>An index or dimension out of range.</summary>
    Index = 2,

    /// <summary>A value that an operator does not accept.</summary>
    Value = 3,

    /// <summary>The operator, or the operator for this type or device, does not exist in this libtorch.</summary>
    NotImplemented = 4,

    /// <summary>An allocation failed, on the machine or on the device.</summary>
    OutOfMemory = 5,

    /// <summary>Any other C++ exception.</summary>
    Other = 6,
}
