using static TorchSharp.torch;
#if TORCHSHARP_PACKAGE
using Dml.Training.Catalogues;
#else
using Dml.Torch;
#endif

namespace Dml.Training.Backbones;

/// <summary>The one place that knows whether it stands on Dml.Torch or on the TorchSharp package, which has no autocast.</summary>
internal static class Precision
{
    /// <summary>Whether <see cref="Enter"/> can do it at all.</summary>
    internal const bool HasBFloat16 =
#if TORCHSHARP_PACKAGE
        false;
#else
        true;
#endif

    /// <summary>While the result lives, matrix products and convolutions of this thread run in bfloat16; the rest stays in single precision.</summary>
    /// <returns>Null when <paramref name="bfloat16"/> is false.</returns>
    internal static IDisposable? Enter(bool bfloat16, Device device) =>
#if TORCHSHARP_PACKAGE
        bfloat16 ? throw new RecipeException($"bFloat16 needs Dml.Torch; this build uses the TorchSharp package, which cannot do it on {device}.") : null;
#else
        bfloat16 ? new Autocast(device.type, ScalarType.BFloat16) : null;
#endif
}
