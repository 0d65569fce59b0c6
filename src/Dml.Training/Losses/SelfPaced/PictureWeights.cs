using static TorchSharp.torch;

namespace Dml.Training.Losses.SelfPaced;

/// <summary>
/// The weights v of the training pictures for a fixed network. They minimise J = (1 / n^2) sum over pairs of v_i v_j cost_ij
/// - (age / n) sum of v_i + balance (mean over pairs of classes of the squared difference of their mean weights), with v in [0, 1],
/// by doubly stochastic projected coordinate steps: a random sample of the data estimates the gradient of a random block of weights.
/// Derived (see <see cref="BalancedSelfPaced"/>). The mean over pairs of classes is ours: with many classes a sum would outweigh the rest.
/// </summary>
internal sealed class PictureWeights
{
    // Rows whose costs are computed together.
    private const int Chunk = 512;
    private readonly Tensor _rows;
    private readonly Tensor _classes;
    private readonly Tensor _sizes;
    private readonly PairCosts _costs;
    private readonly double _balance;

    /// <param name="rows">Unit rows of all pictures, [pictures, dimension].</param>
    /// <param name="labels">Their dense class numbers.</param>
    /// <param name="classCount">Number of classes.</param>
    /// <param name="costs">The cost of a pair.</param>
    /// <param name="balance">mu, at least 0.</param>
    internal PictureWeights(Tensor rows, IReadOnlyList<int> labels, int classCount, PairCosts costs, double balance)
    {
        (_rows, _costs, _balance) = (rows, costs, balance);
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

    /// <summary>What each picture k costs together with the data: (2 / data) sum over j in data of v_j cost_kj.</summary>
    internal Tensor Hardness(Tensor weights, Tensor pictures, Tensor data)
    {
        using var scope = NewDisposeScope();
        var of = weights.index_select(0, data).unsqueeze(1);
        var parts = pictures.split(Chunk).Select(part => Costs(part, data).matmul(of).squeeze(1)).ToList();
        return (cat(parts) * (2.0 / data.shape[0])).MoveToOuterDisposeScope();
    }

    /// <summary>n times the gradient of J with respect to the weights of some pictures, estimated on some data.</summary>
    internal Tensor Gradient(Tensor weights, Tensor pictures, Tensor data, double age)
    {
        using var scope = NewDisposeScope();
        var means = Means(weights);
        // The sum over the other classes of (own mean - their mean).
        var ahead = (means * means.shape[0]) - means.sum();
        var own = _classes.index_select(0, pictures);
        var pull = ahead.index_select(0, own) / _sizes.index_select(0, own) * (2 * _balance * Count / ClassPairs);
        return (Hardness(weights, pictures, data) - age + pull).MoveToOuterDisposeScope();
    }

    /// <summary>Steps of size 0.5 / sqrt(t) on random blocks, each weight kept in [0, 1]. Changes <paramref name="weights"/>.</summary>
    /// <param name="weights">Shape [pictures].</param>
    /// <param name="age">Weights of pictures that cost more than this fall.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="block">Weights per step; all if there are fewer.</param>
    /// <param name="sample">Pictures that a gradient is estimated on; all if there are fewer.</param>
    internal void Descend(Tensor weights, double age, int steps, int block, int sample)
    {
        for (var step = 1; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            var (data, pictures) = (Some(sample), Some(block));
            var gradient = Gradient(weights, pictures, data, age);
            var moved = weights.index_select(0, pictures) - (gradient * (0.5 / Math.Sqrt(step)));
            weights.index_copy_(0, pictures, moved.clamp(0, 1));
        }
    }

    /// <summary>Restores the two easiest pictures of every class that has fewer than two left, so that it keeps a positive pair.</summary>
    internal void KeepPairs(Tensor weights, Tensor hardness)
    {
        var values = weights.to(float64).cpu().data<double>().ToArray();
        var cost = hardness.to(float64).cpu().data<double>().ToArray();
        var owners = _classes.cpu().data<long>().ToArray();
        var starved = Enumerable.Range(0, values.Length).GroupBy(i => owners[i])
            .Where(g => g.Skip(1).Any() && g.Count(i => values[i] > 0) < 2);
        foreach (var picture in starved.SelectMany(g => g.OrderBy(i => cost[i]).Take(2)).ToArray())
        {
            values[picture] = 1;
        }

        weights.copy_(tensor(values));
    }

    /// <summary>A random choice of pictures; all of them, in order, if there are no more.</summary>
    internal Tensor Some(int count) => (count >= Count ? arange(Count) : randperm(Count).narrow(0, 0, count)).to(_rows.device);

    private double ClassPairs => Math.Max(1, _sizes.shape[0] * (_sizes.shape[0] - 1) / 2.0);

    private Tensor Means(Tensor weights) => zeros_like(_sizes).index_add_(0, _classes, weights, 1) / _sizes;

    private Tensor Costs(Tensor left, Tensor right)
    {
        var same = _classes.index_select(0, left).unsqueeze(1).eq(_classes.index_select(0, right).unsqueeze(0));
        return _costs.Of(_rows.index_select(0, left), _rows.index_select(0, right), same, left.unsqueeze(1).eq(right.unsqueeze(0)));
    }
}
