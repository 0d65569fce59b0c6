using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Torch;

/// <summary>Whether and how a network runs in bfloat16.</summary>
internal static class Precision
{
    /// <summary>Whether this libtorch can run in bfloat16; looked up once.</summary>
    internal static bool HasBFloat16 => Autocast.IsAvailable;

    /// <summary>
    /// While the result lives, matrix products and convolutions of this thread run in bfloat16; the rest stays in single precision.
    /// </summary>
    /// <returns>Null when <paramref name="bfloat16"/> is false.</returns>
    /// <exception cref="RecipeException">This libtorch cannot do it.</exception>
    internal static IDisposable? Enter(bool bfloat16, Device device) =>
        !bfloat16 ? null
        : HasBFloat16 ? new Autocast(device.type, ScalarType.BFloat16)
        : throw new RecipeException(Refusal);

    /// <summary>Refuses a recipe that demands bfloat16 before anything is decoded.</summary>
    /// <exception cref="RecipeException">This libtorch cannot do it.</exception>
    internal static void Check(bool bfloat16)
    {
        if (bfloat16 && !HasBFloat16)
        {
            throw new RecipeException(Refusal);
        }
    }

    private static string Refusal =>
        $"bFloat16 is \"on\", but libtorch {__version__} on this system does not export the functions that switch it on; set bFloat16 to "
        + "\"auto\" or \"off\".";
}
