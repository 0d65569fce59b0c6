using static TorchSharp.torch;

namespace Dml.Training.Losses.Mining;

/// <summary>
/// The sum of a function of D(anchor, positive) - D(anchor, negative) over mined triplets, with its gradient. Only the slope of every pair
/// is kept, a matrix of batch squared: a batch of 512 has up to 33 million triplets.
/// </summary>
internal sealed class TripletTerms(MinedBatch batch, Func<double, (double Value, double Slope)> term)
{
    private readonly double[] _slopes = new double[batch.Count * batch.Count];
    private double _sum;
    private long _triplets;
    private long _aboveZero;

    /// <summary>[difference + margin]+.</summary>
    internal static Func<double, (double Value, double Slope)> Hinge(double margin)
        => difference => difference + margin > 0 || double.IsNaN(difference) ? (difference + margin, 1) : (0, 0);

    /// <summary>log(1 + exp(difference)).</summary>
    internal static (double Value, double Slope) Softplus(double difference)
    {
        var small = Math.Exp(-Math.Abs(difference));
        return (Math.Max(difference, 0) + Math.Log(1 + small), (difference > 0 ? 1 : small) / (1 + small));
    }

    /// <summary>Adds a triplet.</summary>
    internal void Add(int anchor, int positive, int negative) => Add(anchor, positive, negative, 0);

    /// <summary>Adds a triplet with an offset that is added to the difference.</summary>
    internal void Add(int anchor, int positive, int negative, double offset)
    {
        var (value, slope) = term(batch.Distance(anchor, positive) - batch.Distance(anchor, negative) + offset);
        _sum += value;
        _triplets++;
        _aboveZero += value > 0 ? 1 : 0;
        _slopes[(anchor * batch.Count) + positive] += slope;
        _slopes[(anchor * batch.Count) + negative] -= slope;
    }

    /// <summary>The mean over all triplets, or over those above 0; 0 with gradient 0 if there are none.</summary>
    /// <param name="distances">The distances that were mined, with gradient.</param>
    /// <param name="nonZero">Average over those above 0.</param>
    internal Tensor Mean(Tensor distances, bool nonZero = false)
    {
        using var scope = NewDisposeScope();
        var by = Math.Max(1, nonZero ? _aboveZero : _triplets);
        var linear = (distances * tensor(_slopes, distances.shape).to(distances.dtype).to(distances.device)).sum() / by;
        // The gradient is that of the linear form, the value that of the sum.
        return (linear - linear.detach() + (_sum / by)).MoveToOuterDisposeScope();
    }
}
