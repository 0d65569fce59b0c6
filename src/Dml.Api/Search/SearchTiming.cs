using Dml.Contracts;

namespace Dml.Api.Search;

/// <summary>Makes and formats the times of a search.</summary>
internal static class SearchTiming
{
    /// <param name="decode">Milliseconds; 0 when no picture was decoded.</param>
    /// <param name="embed">Milliseconds; 0 when no picture was embedded.</param>
    /// <param name="search">Filter, index and catalogue.</param>
    /// <returns>Rounded to microseconds.</returns>
    public static SearchCost Of(double decode, double embed, TimeSpan search) =>
        new(Math.Round(decode, 3), Math.Round(embed, 3), Math.Round(search.TotalMilliseconds, 3));

    /// <summary>The value of the header Server-Timing, which browsers show in their network panel.</summary>
    public static string ToServerTiming(this SearchCost cost) =>
        $"decode;dur={cost.DecodeMs}, embed;dur={cost.EmbedMs}, search;dur={cost.SearchMs}";
}
