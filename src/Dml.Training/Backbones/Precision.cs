using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>The one place that asks for automatic mixed precision, which TorchSharp's versions spell differently.</summary>
internal static class Precision
{
    /// <summary>While the result lives, matrix products and convolutions of this thread run in bfloat16; the rest stays in single precision.</summary>
    /// <returns>Null when <paramref name="bfloat16"/> is false.</returns>
    internal static IDisposable? Enter(bool bfloat16, Device device) =>
        bfloat16 ? autocast(device.type, ScalarType.BFloat16) : null;
}
