namespace Dml.Benchmarks.Load;

/// <summary>One round of searches over HTTP.</summary>
/// <param name="Times">Times of the responses with status 200.</param>
/// <param name="Errors">Number of responses with another status and of requests without a response.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="ServiceCpuSeconds">CPU time of the service.</param>
/// <param name="ClientCpuSeconds">CPU time of the clients, which run on the same cores.</param>
internal sealed record LoadRound(SearchTime[] Times, long Errors, double Seconds, double ServiceCpuSeconds, double ClientCpuSeconds)
{
    /// <summary>Combines consecutive rounds into one.</summary>
    public static LoadRound Together(IReadOnlyCollection<LoadRound> rounds) => new(
        [.. rounds.SelectMany(round => round.Times)], rounds.Sum(round => round.Errors), rounds.Sum(round => round.Seconds),
        rounds.Sum(round => round.ServiceCpuSeconds), rounds.Sum(round => round.ClientCpuSeconds));

    public double Rate => Times.Length / Seconds;

    public double ServiceCpuMs => 1e3 * ServiceCpuSeconds / Times.Length;

    public double ClientCpuMs => 1e3 * ClientCpuSeconds / Times.Length;

    public double Percentile(double share) => Median.Percentile(Times.Select(time => time.TotalMs), share);
}
