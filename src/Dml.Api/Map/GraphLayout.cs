namespace Dml.Api.Map;

/// <summary>
/// Places the items of a neighbour graph in the plane by stochastic gradient descent on UMAP's cross-entropy
/// (arXiv:1802.03426, section 3.2): edges attract in proportion to their weight, items drawn at random repel. The
/// similarity of two places at distance d is 1/(1 + a·d^(2b)).
/// </summary>
internal static class GraphLayout
{
    // The least-squares fit to "1 up to the distance 0.5, exp(0.5 − d) beyond": pictures need space around them.
    public const double A = 0.5830;
    public const double B = 1.3342;

    private const int Epochs = 300;
    private const int Pushes = 5;
    private const float HalfSide = 10;
    private const double LongestStep = 4;

    /// <param name="places">Initial places, [items, 2]; replaced by the final ones.</param>
    /// <param name="edges">The graph.</param>
    /// <param name="report">Receives the completed share of the work, 0 to 1.</param>
    /// <param name="cancel">Stops between two epochs.</param>
    public static void Arrange(float[] places, IReadOnlyList<NeighborEdge> edges, Action<double> report, CancellationToken cancel)
    {
        var random = new Random(1);
        Spread(places, random);
        var heaviest = edges.Max(edge => edge.Weight);
        // An edge is used every `period` epochs, the heaviest one in each.
        var period = edges.Select(edge => heaviest / edge.Weight).ToArray();
        var next = period.ToArray();
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            cancel.ThrowIfCancellationRequested();
            var step = 1 - (epoch / (double)Epochs);
            for (var i = 0; i < edges.Count; i++)
            {
                if (next[i] > epoch + 1)
                {
                    continue;
                }

                next[i] += period[i];
                Pull(places, edges[i].One, edges[i].Other, step);
                Push(places, edges[i].One, step, random);
                Push(places, edges[i].Other, step, random);
            }

            report((epoch + 1) / (double)Epochs);
        }
    }

    // Equal pictures start at the same place; without a little noise nothing would ever separate them.
    private static void Spread(float[] places, Random random)
    {
        var farthest = places.Max(MathF.Abs);
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = (farthest > 0 ? places[i] / farthest * HalfSide : 0) + ((random.NextSingle() - 0.5f) * 1e-2f);
        }
    }

    private static void Pull(float[] places, int one, int other, double step)
    {
        var (x, y, square) = Between(places, one, other);
        if (square <= 0)
        {
            return;
        }

        var power = Math.Pow(square, B);
        var force = -2 * A * B * (power / square) / (1 + (A * power));
        Move(places, one, force * x, force * y, step);
        Move(places, other, -force * x, -force * y, step);
    }

    private static void Push(float[] places, int one, double step, Random random)
    {
        for (var i = 0; i < Pushes; i++)
        {
            var other = random.Next(places.Length / 2);
            if (other == one)
            {
                continue;
            }

            var (x, y, square) = Between(places, one, other);
            // 0.001 keeps the push of two items at one place finite, as in the authors' implementation.
            var force = 2 * B / ((0.001 + square) * (1 + (A * Math.Pow(square, B))));
            Move(places, one, force * x, force * y, step);
        }
    }

    private static (double X, double Y, double Square) Between(float[] places, int one, int other)
    {
        double x = places[2 * one] - places[2 * other], y = places[(2 * one) + 1] - places[(2 * other) + 1];
        return (x, y, (x * x) + (y * y));
    }

    private static void Move(float[] places, int item, double x, double y, double step)
    {
        places[2 * item] += (float)(step * Math.Clamp(x, -LongestStep, LongestStep));
        places[(2 * item) + 1] += (float)(step * Math.Clamp(y, -LongestStep, LongestStep));
    }
}
