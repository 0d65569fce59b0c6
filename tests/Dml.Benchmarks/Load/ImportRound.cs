namespace Dml.Benchmarks.Load;

/// <summary>The same pictures through the bare decode + embed loop and through an import.</summary>
internal sealed record ImportRound(BareRound Bare, double Seconds, double ServiceCpuSeconds)
{
    public double Rate => Bare.Times.Length / Seconds;

    public double ServiceCpuMs => 1e3 * ServiceCpuSeconds / Bare.Times.Length;
}
