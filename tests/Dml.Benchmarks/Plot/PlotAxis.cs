namespace Dml.Benchmarks.Plot;

/// <summary>Maps the range from <paramref name="Low"/> to <paramref name="High"/> to pixels.</summary>
internal sealed record PlotAxis(double Low, double High, double Start, double End)
{
    private const double Margin = 0.04;

    /// <summary>An axis over these values with a margin at both ends.</summary>
    public static PlotAxis Over(IReadOnlyCollection<double> values, double start, double end)
    {
        var (low, high) = (values.Min(), values.Max());
        var room = high > low ? Margin * (high - low) : 0.5;
        return new PlotAxis(low - room, high + room, start, end);
    }

    public double Position(double value) => Start + ((value - Low) / (High - Low) * (End - Start));

    /// <summary>The candidates inside the axis that are at least this many pixels apart; earlier ones have priority.</summary>
    public IReadOnlyList<T> Ticks<T>(IEnumerable<T> candidates, Func<T, double> value, double distance)
    {
        var chosen = new List<T>();
        foreach (var candidate in candidates.Where(candidate => value(candidate) >= Low && value(candidate) <= High))
        {
            if (chosen.TrueForAll(other => Math.Abs(Position(value(other)) - Position(value(candidate))) >= distance))
            {
                chosen.Add(candidate);
            }
        }

        return chosen;
    }
}
