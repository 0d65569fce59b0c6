namespace Dml.Benchmarks.Load;

/// <summary>Rounds of the service, each between two rounds of the bare loop.</summary>
internal static class SideBySide
{
    /// <summary>One pair per round for each kind of load; the yardstick is the mean of the two adjacent bare rounds.</summary>
    public static List<Pair>[] Run(int rounds, Func<BareRound> bare, IReadOnlyList<Func<LoadRound>> loads, CancellationToken cancel)
    {
        List<Pair>[] pairs = [.. loads.Select(_ => new List<Pair>())];
        var before = bare();
        for (var round = 1; round <= rounds; round++)
        {
            for (var i = 0; i < loads.Count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                var served = loads[i]();
                var after = bare();
                pairs[i].Add(new Pair(before, served, after));
                before = after;
            }

            Console.Error.WriteLine($"  round {round} of {rounds}");
        }

        return pairs;
    }

    /// <summary>One round of the service between two of the bare loop.</summary>
    internal sealed record Pair(BareRound Before, LoadRound Served, BareRound After)
    {
        public double BareRate => (Before.Rate + After.Rate) / 2;

        public double BareCpuMs => (Before.CpuMs + After.CpuMs) / 2;

        /// <summary>Pictures per second relative to the bare loop.</summary>
        public double Share => Served.Rate / BareRate;

        /// <summary>The same, corrected for the CPU time of the clients, as if they had their own cores.</summary>
        public double ShareWithoutClients =>
            Share / (1 - (Served.ClientCpuSeconds / (Served.Seconds * Environment.ProcessorCount)));

        /// <summary>CPU time of a bare picture relative to that of a request; other work on the machine hardly affects it.</summary>
        public double ShareByCpu => BareCpuMs / Served.ServiceCpuMs;
    }
}
