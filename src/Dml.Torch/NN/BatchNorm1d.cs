using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Batch normalisation of [N, C] or [N, C, L] over everything but C.</summary>
public sealed class BatchNorm1d : BatchNorm
{
    internal BatchNorm1d(long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
        : base(nameof(BatchNorm1d), num_features, eps, momentum, affine, track_running_stats, device, dtype)
    {
    }

    protected override void ValidateInputDimensions(Tensor input)
    {
        if (input.Dimensions is not (2 or 3)) throw new ArgumentException($"BatchNorm1d needs [N, C] or [N, C, L], the input has {input.Dimensions} dimensions.", nameof(input));
    }
}
