using static TorchSharp.torch;

namespace Dml.Training.Losses.Regularizers;

/// <summary>
/// Y. Wu, H. Liu, J. Li, Y. Fu, "Deep Face Recognition with Center Invariant Loss", Thematic Workshops of ACM Multimedia 2017.
/// The mean over the classes' vectors of (squared length - mean squared length)^2 / 4, so that no class gets a longer vector than others.
/// </summary>
internal sealed class CentreInvariant : IRegularizer
{
    public sealed record Options;

    public bool NeedsClassVectors => true;

    public Tensor Cost(Tensor rows, Tensor? classVectors)
    {
        using var scope = NewDisposeScope();
        var lengths = classVectors!.square().sum(1);
        return ((lengths - lengths.mean()).square().mean() / 4).MoveToOuterDisposeScope();
    }
}
