using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Regularizers;

/// <summary>
/// K. Zhao, J. Xu, M.-M. Cheng, "RegularFace: Deep Face Recognition via Exclusive Regularization", CVPR 2019.
/// The mean over the classes' vectors of the cosine to the nearest other one.
/// </summary>
internal sealed class RegularFace : IRegularizer
{
    public sealed record Options;

    public bool NeedsClassVectors => true;

    public Tensor Cost(Tensor rows, Tensor? classVectors)
    {
        using var scope = NewDisposeScope();
        var unit = F.normalize(classVectors!);
        if (unit.shape[0] == 1)
        {
            return (unit.sum() * 0).MoveToOuterDisposeScope();
        }

        var own = eye(unit.shape[0], dtype: ScalarType.Bool).to(unit.device);
        return unit.matmul(unit.t()).masked_fill(own, double.NegativeInfinity).amax([1]).mean().MoveToOuterDisposeScope();
    }
}
