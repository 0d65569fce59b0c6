using System.Text.Json;

namespace Dml.Benchmarks.Plot;

/// <summary>
/// Reads the two file formats of the harness: results, one measurement per line, and the report, one object with the points of every data
/// set and peer.
/// </summary>
internal static class MeasurementFile
{
    /// <param name="path">A results or report file.</param>
    /// <param name="rate">The rate to read: qps1, qps1_cpu or qps2.</param>
    /// <exception cref="ArgumentException">The file has neither format.</exception>
    public static IReadOnlyList<Measurement> Read(string path, string rate)
    {
        var text = File.ReadAllText(path);
        try
        {
            return TryParse(text) is { } report && report.TryGetProperty("sets", out var sets)
                ? [.. FromReport(sets, rate)]
                : [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .SelectMany(line => FromResult(Parse(line), rate))];
        }
        catch (Exception exception) when (
            exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ArgumentException(
                $"{path} is neither results (one measurement a line) nor a report of them: {exception.Message}", exception);
        }
    }

    private static IEnumerable<Measurement> FromReport(JsonElement sets, string rate) =>
        from set in sets.EnumerateObject()
        from peer in set.Value.EnumerateObject()
        from point in peer.Value.GetProperty("points").EnumerateArray()
        select Point(set.Name, peer.Name, point, Numbers(point.GetProperty("recall")), rate);

    private static IEnumerable<Measurement> FromResult(JsonElement result, string rate) =>
        result.GetProperty("search").EnumerateArray().Select(point => Point(
            result.GetProperty("set").GetString()!, result.GetProperty("peer").GetString()!, point,
            [point.GetProperty("recall").GetDouble()], rate));

    private static Measurement Point(string set, string peer, JsonElement point, IReadOnlyList<double> recalls, string rate) =>
        new(set, peer, point.GetProperty("ef").GetInt32(), recalls, Numbers(point.GetProperty(rate)));

    private static List<double> Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetDouble())];

    private static JsonElement? TryParse(string text)
    {
        try
        {
            return Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
