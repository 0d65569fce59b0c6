namespace Dml.Benchmarks.Load;

/// <summary>One round of the bare loop: the milliseconds of each picture by stage, and the total cost.</summary>
internal sealed record BareRound(SearchTime[] Times, double Seconds, double CpuSeconds)
{
    public double Rate => Times.Length / Seconds;

    public double CpuMs => 1e3 * CpuSeconds / Times.Length;
}
