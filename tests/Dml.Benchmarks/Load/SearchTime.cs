namespace Dml.Benchmarks.Load;

/// <summary>One answered search: the client's milliseconds, and of these the service's own in decoder, network and index.</summary>
internal readonly record struct SearchTime(double TotalMs, double DecodeMs, double EmbedMs, double SearchMs)
{
    /// <summary>HTTP, queues and the client.</summary>
    public double RestMs => TotalMs - DecodeMs - EmbedMs - SearchMs;
}
