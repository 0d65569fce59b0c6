using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Dml.Api.Telemetry;

/// <summary>What requests cost: the times of the meter <c>Dml</c>, the spans of the source <c>Dml</c>. Next to free while nobody listens.</summary>
internal static class DmlMetrics
{
    public const string Name = "Dml";

    private static readonly Meter Meter = new(Name);
    private static readonly ActivitySource Source = new(Name);
    private static readonly Histogram<double> Decode = Times("dml.decode.duration", "Decoding of a picture, resizing included.");
    private static readonly Histogram<double> Embed = Times("dml.embed.duration", "A picture's way through the network.");
    private static readonly Histogram<double> Search = Times("dml.search.duration", "Filter, index and catalogue of a search.");

    /// <summary>A step of a request, until it is disposed of; null while nobody traces.</summary>
    public static Activity? Span(string name) => Source.StartActivity(name);

    /// <summary>Records the cost of a search; the first two are 0 where no picture was embedded.</summary>
    public static void Searched(double decodeMilliseconds, double embedMilliseconds, double searchMilliseconds)
    {
        Embedded(decodeMilliseconds, embedMilliseconds);
        Search.Record(searchMilliseconds / 1000);
    }

    /// <summary>What a picture cost; nothing is noted for searches without one.</summary>
    public static void Embedded(double decodeMilliseconds, double embedMilliseconds)
    {
        if (embedMilliseconds > 0)
        {
            Decode.Record(decodeMilliseconds / 1000);
            Embed.Record(embedMilliseconds / 1000);
        }
    }

    // Seconds, as the conventions of OpenTelemetry want; the default buckets begin at five and are meant for milliseconds.
    private static Histogram<double> Times(string name, string description) => Meter.CreateHistogram(
        name, "s", description, advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        });
}
