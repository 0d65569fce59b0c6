using static TorchSharp.torch;

namespace Dml.Training.Losses.SelfPaced;

/// <summary>
/// The weights v of the training pictures while the network stands still:
/// J = (1/n^2) sum over pairs v_i v_j cost_ij - (age/n) sum v_i + balance x mean over pairs of classes of (difference of their mean weights)^2, v in [0, 1].
/// Minimised by doubly stochastic projected coordinate steps: a random part of the data estimates the gradient of a random block of weights.
/// Derived (see <see cref="BalancedSelfPaced"/>); the mean over pairs of classes, where the sum would outweigh all else with many classes, is ours.
/// </summary>
internal sealed class PictureWeights
{
    // Rows whose costs are computed at once.
    private const int Chunk = 512;
    private readonly Tensor _rows;
    private readonly Tensor _classes;
    private readonly Tensor _sizes;
    private readonly PairCosts _costs;
    private readonly double _balance;

    /// <param name="rows">Unit rows of all pictures, [pictures, dimension].</param>
    /// <param name="labels">Their dense classes.</param>
    /// <param name="classCount">Classes.</param>
    /// <param name="costs">What a pair costs.</param>
    /// <param name="balance">mu, at least 0.</param>
    internal PictureWeights(Tensor rows, IReadOnlyList<int> labels, int classCount, PairCosts costs, double balance)
    {
        (this._rows, this._costs, this._balance) = (rows, costs, balance);
        _classes = tensor(labels.Select(l => (long)l).ToArray()).to(rows.device);
        _sizes = zeros(classCount).to(rows).index_add_(0, _classes, ones(labels.Count).to(rows), 1).clamp_min(1);
    }

    private long Count => _rows.shape[0];

    /// <summary>J.</summary>
    internal double Objective(Tensor weights, double age)
    {
        using var scope = NewDisposeScope();
        var every = arange(Count).to(_rows.device);
        var pairs = (Costs(every, every) * weights.unsqueeze(0) * weights.unsqueeze(1)).sum() / (Count * Count);
        var means = Means(weights);
        var spread = (means.unsqueeze(0) - means.unsqueeze(1)).square().sum() / 2 / ClassPairs;
        return (pairs - (weights.sum() * (age / Count)) + (spread * _balance)).to(float64).item<double>();
    }

    /// <summary>a = (2 / data) sum over j in data of v_j cost_kj for pictures k: what a picture costs with the others.</summary>
    internal Tensor Hardness(Tensor weights, Tensor pictures, Tensor data)
    {
        using var scope = NewDisposeScope();
        var of = weights.index_select(0, data).unsqueeze(1);
        var parts = pictures.split(Chunk).Select(part => Costs(part, data).matmul(of).squeeze(1)).ToList();
        return (cat(parts) * (2.0 / data.shape[0])).MoveToOuterDisposeScope();
    }

    /// <summary>n times the gradient of J by the weights of some pictures, estimated from some data.</summary>
    internal Tensor Gradient(Tensor weights, Tensor pictures, Tensor data, double age)
    {
        using var scope = NewDisposeScope();
        var means = Means(weights);
        // Sum over the other classes of (own mean - their mean).
        var ahead = (means * means.shape[0]) - means.sum();
        var own = _classes.index_select(0, pictures);
        var pull = ahead.index_select(0, own) / _sizes.index_select(0, own) * (2 * _balance * Count / ClassPairs);
        return (Hardness(weights, pictures, data) - age + pull).MoveToOuterDisposeScope();
    }

    /// <summary>Steps of size 0.5 / sqrt(t) on random blocks, each weight kept in [0, 1]. Changes <paramref name="weights"/>.</summary>
    /// <param name="weights">Shape [pictures].</param>
    /// <param name="age">Pictures that cost more are let go.</param>
    /// <param name="steps">Steps.</param>
    /// <param name="block">Weights of a step; all where there are fewer.</param>
    /// <param name="sample">Pictures that estimate a gradient; all where there are fewer.</param>
    internal void Descend(Tensor weights, double age, int steps, int block, int sample)
    {
        for (var step = 1; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            var (data, pictures) = (Some(sample), Some(block));
            var gradient = Gradient(weights, pictures, data, age);
            weights.index_copy_(0, pictures, (weights.index_select(0, pictures) - (gradient * (0.5 / Math.Sqrt(step)))).clamp(0, 1));
        }
    }

    /// <summary>A class that has no two pictures left of those it had gets its two easiest back, so that it keeps a positive pair.</summary>
    internal void KeepPairs(Tensor weights, Tensor hardness)
    {
        var (values, cost) = (weights.to(float64).cpu().data<double>().ToArray(), hardness.to(float64).cpu().data<double>().ToArray());
        var owners = _classes.cpu().data<long>().ToArray();
        var back = Enumerable.Range(0, values.Length).GroupBy(i => owners[i]).Where(g => g.Skip(1).Any() && g.Count(i => values[i] > 0) < 2).SelectMany(g => g.OrderBy(i => cost[i]).Take(2));
        foreach (var picture in back)
        {
            values[picture] = 1;
        }

        weights.copy_(tensor(values));
    }

    /// <summary>A random choice of pictures; all in their order where that is all there are.</summary>
    internal Tensor Some(int count) => (count >= Count ? arange(Count) : randperm(Count).narrow(0, 0, count)).to(_rows.device);

    private double ClassPairs => Math.Max(1, _sizes.shape[0] * (_sizes.shape[0] - 1) / 2.0);

    private Tensor Means(Tensor weights) => zeros_like(_sizes).index_add_(0, _classes, weights, 1) / _sizes;

    private Tensor Costs(Tensor left, Tensor right)
    {
        var same = _classes.index_select(0, left).unsqueeze(1).eq(_classes.index_select(0, right).unsqueeze(0));
        return _costs.Of(_rows.index_select(0, left), _rows.index_select(0, right), same, left.unsqueeze(1).eq(right.unsqueeze(0)));
    }
}
