using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Batch normalisation of [N, C, H, W] over everything but C.</summary>
public sealed class BatchNorm2d : BatchNorm
{
    internal BatchNorm2d(long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
        : base(nameof(BatchNorm2d), num_features, eps, momentum, affine, track_running_stats, device, dtype)
    {
    }

    protected override void ValidateInputDimensions(Tensor input)
    {
        if (input.Dimensions != 4) throw new ArgumentException($"BatchNorm2d needs [N, C, H, W], the input has {input.Dimensions} dimensions.", nameof(input));
    }
}
