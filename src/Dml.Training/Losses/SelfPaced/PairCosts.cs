using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.SelfPaced;

/// <summary>What a pair of unit rows costs: softplus(-alpha (s - lambda)) / alpha within a class, softplus(beta (s - lambda)) / beta between classes. Multi-similarity, pair by pair; derived.</summary>
internal sealed record PairCosts(double Alpha, double Beta, double Lambda)
{
    /// <summary>Costs [rows, columns]; a pair of one picture with itself costs nothing.</summary>
    /// <param name="left">Unit rows [rows, dimension].</param>
    /// <param name="right">Unit rows [columns, dimension].</param>
    /// <param name="same">Bool [rows, columns]: one class.</param>
    /// <param name="self">Bool [rows, columns]: one picture.</param>
    internal Tensor Of(Tensor left, Tensor right, Tensor same, Tensor self)
    {
        using var scope = NewDisposeScope();
        var apart = left.matmul(right.t()) - Lambda;
        return where(same, F.softplus(apart * -Alpha) / Alpha, F.softplus(apart * Beta) / Beta).masked_fill(self, 0).MoveToOuterDisposeScope();
    }
}
