namespace Dml.Benchmarks.Plot;

/// <summary>One peer on one data set, by increasing beam width.</summary>
internal sealed record RecallCurve(string Peer, IReadOnlyList<CurvePoint> Points)
{
    /// <summary>The curves of each data set. Repeated measurements of a point become one point.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<RecallCurve>> BySet(IEnumerable<Measurement> measurements) =>
        measurements.Where(measurement => measurement.Rates.Count > 0).GroupBy(measurement => measurement.Set).ToDictionary(
            set => set.Key,
            IReadOnlyList<RecallCurve> (set) => [.. set.GroupBy(measurement => measurement.Peer).Select(peer => new RecallCurve(peer.Key,
                [.. peer.GroupBy(measurement => measurement.Ef).OrderBy(ef => ef.Key).Select(Point)]))]);

    private static CurvePoint Point(IGrouping<int, Measurement> repeats) => new(
        repeats.Key, repeats.SelectMany(repeat => repeat.Recalls).Average(), Median.Of(repeats.SelectMany(repeat => repeat.Rates)));
}
