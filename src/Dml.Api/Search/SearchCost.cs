namespace Dml.Api.Search;

/// <summary>Milliseconds in decoder, network, and index with catalogue; the first two are 0 for a picture answered from the cache.</summary>
internal sealed record SearchCost(double DecodeMs, double EmbedMs, double SearchMs)
{
    /// <summary>Rounded to microseconds.</summary>
    public static SearchCost Of(double decode, double embed, TimeSpan search) =>
        new(Math.Round(decode, 3), Math.Round(embed, 3), Math.Round(search.TotalMilliseconds, 3));

    /// <summary>The same for the browser's network panel (W3C Server Timing).</summary>
    public string ToServerTiming() => $"decode;dur={DecodeMs}, embed;dur={EmbedMs}, search;dur={SearchMs}";
}
