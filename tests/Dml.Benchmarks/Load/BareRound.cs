namespace Dml.Benchmarks.Load;

/// <summary>One round of the bare loop: each picture's milliseconds by stage, and what they took together.</summary>
internal sealed record BareRound(SearchTime[] Times, double Seconds, double CpuSeconds)
{
    public double Rate => Times.Length / Seconds;

    public double CpuMs => 1e3 * CpuSeconds / Times.Length;
}
