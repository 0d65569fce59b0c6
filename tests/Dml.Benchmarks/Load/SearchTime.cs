namespace Dml.Benchmarks.Load;

/// <summary>One successful search: the milliseconds of the client and, of these, those of the decoder, network and index.</summary>
internal readonly record struct SearchTime(double TotalMs, double DecodeMs, double EmbedMs, double SearchMs)
{
    /// <summary>The rest: HTTP, queues and the client.</summary>
    public double RestMs => TotalMs - DecodeMs - EmbedMs - SearchMs;
}
