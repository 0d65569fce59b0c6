using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Dml.Api.Telemetry;

/// <summary>
/// The histograms and counters of the meter <c>Dml</c> and the spans of the source <c>Dml</c>, almost free without a listener.
/// </summary>
internal static class DmlMetrics
{
    public const string Name = "Dml";

    private static readonly Meter Meter = new(Name);
    private static readonly ActivitySource Source = new(Name);
    private static readonly Histogram<double> Decode = Times("dml.decode.duration", "Time to decode and resize a picture.");
    private static readonly Histogram<double> Embed = Times("dml.embed.duration", "Time of a picture in the network.");
    private static readonly Histogram<double> Search = Times("dml.search.duration", "Time of a search in filter, index and catalogue.");

    private static readonly Counter<long> Damaged =
        Meter.CreateCounter<long>("dml.pictures.damaged", "{picture}", "Stored pictures that were found damaged or missing.");

    /// <summary>Counts a stored picture that was found damaged or missing.</summary>
    public static void PictureDamaged() => Damaged.Add(1);

    /// <summary>Starts a span for a step of a request; null when tracing is off.</summary>
    public static Activity? Span(string name) => Source.StartActivity(name);

    /// <summary>Records the cost of a search; the first two are 0 when no picture was embedded.</summary>
    public static void Searched(double decodeMilliseconds, double embedMilliseconds, double searchMilliseconds)
    {
        Embedded(decodeMilliseconds, embedMilliseconds);
        Search.Record(searchMilliseconds / 1000);
    }

    /// <summary>Records the cost of a picture; nothing when no picture was embedded.</summary>
    public static void Embedded(double decodeMilliseconds, double embedMilliseconds)
    {
        if (embedMilliseconds > 0)
        {
            Decode.Record(decodeMilliseconds / 1000);
            Embed.Record(embedMilliseconds / 1000);
        }
    }

    // In seconds, as OpenTelemetry's conventions require; the default buckets start at five and suit milliseconds.
    private static Histogram<double> Times(string name, string description) => Meter.CreateHistogram(
        name, "s", description, advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        });
}
