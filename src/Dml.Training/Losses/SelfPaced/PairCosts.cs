using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.SelfPaced;

/// <summary>
/// The cost of a pair of unit rows: softplus(-alpha (s - lambda)) / alpha within a class, softplus(beta (s - lambda)) / beta between
/// classes. Derived: multi-similarity, pair by pair.
/// </summary>
internal sealed record PairCosts(double Alpha, double Beta, double Lambda)
{
    /// <summary>Costs, shape [rows, columns]; the pair of a picture with itself costs nothing.</summary>
    /// <param name="left">Unit rows [rows, dimension].</param>
    /// <param name="right">Unit rows [columns, dimension].</param>
    /// <param name="same">Bool [rows, columns]: the same class.</param>
    /// <param name="self">Bool [rows, columns]: the same picture.</param>
    internal Tensor Of(Tensor left, Tensor right, Tensor same, Tensor self)
    {
        using var scope = NewDisposeScope();
        var apart = left.matmul(right.t()) - Lambda;
        var costs = where(same, F.softplus(apart * -Alpha) / Alpha, F.softplus(apart * Beta) / Beta);
        return costs.masked_fill(self, 0).MoveToOuterDisposeScope();
    }
}
