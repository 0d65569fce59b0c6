using System.Runtime.InteropServices;

namespace Dml.Torch;

/// <summary>An error that libtorch raised, with libtorch's message. Genuine TorchSharp throws the base class.</summary>
#pragma warning disable CA1032 // only the bridge to libtorch raises it
public sealed class TorchException : ExternalException
#pragma warning restore CA1032
{
    internal TorchException(TorchErrorKind kind, string message) : base(message, (int)kind) => Kind = kind;

    /// <summary>What kind of C++ exception it was.</summary>
    public TorchErrorKind Kind { get; }
}
