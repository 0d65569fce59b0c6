using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Evaluation;

/// <summary>
/// Inference strategies of Group Loss++ (I. Elezi et al., TPAMI 2022, arXiv 2204.01509; constants from public code of a co-author) on the
/// last feature map before its ReLU: a leaky ReLU, then a mixture of greatest and mean value of each channel. Training uses ReLU and mean.
/// </summary>
/// <param name="Greatest">Share of the greatest value, 0 to 1. Published: CUB and Cars 0.5, SOP 0.6, In-Shop 0.57.</param>
/// <param name="NegativeSlope">Of the leaky ReLU, 0 to 1; 0 is a ReLU, 1 none. Published: CUB 0.75, Cars 0, SOP and In-Shop 1.</param>
internal sealed record MixedPooling(double Greatest, double NegativeSlope)
{
    /// <summary>One vector a picture.</summary>
    /// <param name="map">[batch, channels, height, width], before the ReLU.</param>
    /// <returns>[batch, channels].</returns>
    public Tensor Pool(Tensor map)
    {
        using var scope = NewDisposeScope();
        var active = F.leaky_relu(map, NegativeSlope);
        return ((active.amax([2, 3]) * Greatest) + (active.mean([2, 3]) * (1 - Greatest))).MoveToOuterDisposeScope();
    }
}
