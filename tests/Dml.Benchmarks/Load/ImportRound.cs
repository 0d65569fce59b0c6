namespace Dml.Benchmarks.Load;

/// <summary>The same pictures through the bare loop of decode and embed and through an import.</summary>
internal sealed record ImportRound(BareRound Bare, double IndexCpuSeconds, double Seconds, double ServiceCpuSeconds)
{
    public double Rate => Bare.Times.Length / Seconds;

    /// <summary>CPU milliseconds of one insertion into the index, which the bare loop does not do.</summary>
    public double IndexCpuMs => 1e3 * IndexCpuSeconds / Bare.Times.Length;

    public double ServiceCpuMs => 1e3 * ServiceCpuSeconds / Bare.Times.Length;
}
