using static TorchSharp.torch;

namespace Dml.Training.Optimization;

/// <summary>
/// A running mean of the weights and of the batch-norm statistics, which usually retrieves better than the last step's weights:
/// average = d average + (1 - d) weight, with d = min(decay, (1 + n) / (10 + n)) so that the first steps are soon forgotten.
/// </summary>
internal sealed class MovingAverage : IDisposable
{
    private readonly double _decay;
    private readonly List<(string Name, Tensor Live, Tensor Average)> _pairs;

    /// <param name="live">The averaged tensors, by name.</param>
    /// <param name="decay">As above, below 1.</param>
    internal MovingAverage(IEnumerable<(string Name, Tensor Tensor)> live, double decay)
    {
        _decay = decay;
        using var noGradient = no_grad();
        _pairs = [.. live.Select(t => (t.Name, t.Tensor, t.Tensor.detach().clone().DetachFromDisposeScope()))];
    }

    internal long Updates { get; set; }

    internal IEnumerable<(string Name, Tensor Average)> Averages => _pairs.Select(p => (p.Name, p.Average));

    internal void Update()
    {
        using var noGradient = no_grad();
        var d = Math.Min(_decay, (1.0 + Updates) / (10.0 + Updates));
        Updates++;
        foreach (var (_, live, average) in _pairs)
        {
            if (average.dtype == ScalarType.Float32)
            {
                average.mul_(d).add_(live, 1 - d);
            }
            else
            {
                average.copy_(live);
            }
        }
    }

    /// <summary>Exchanges the network's weights with the averages; a second call exchanges them back.</summary>
    internal void Swap()
    {
        using var noGradient = no_grad();
        foreach (var (_, live, average) in _pairs)
        {
            using var scope = NewDisposeScope();
            var kept = live.detach().clone();
            live.copy_(average);
            average.copy_(kept);
        }
    }

    public void Dispose()
    {
        foreach (var (_, _, average) in _pairs)
        {
            average.Dispose();
        }
    }
}
