using System.Globalization;
using System.Net;
using System.Text;

namespace Dml.Training.Reporting;

/// <summary>A curve over epochs as SVG.</summary>
internal static class Curve
{
    private const int Width = 460;
    private const int Height = 220;
    private const int Left = 56;
    private const int Bottom = 28;
    private const int Margin = 12;

    /// <param name="title">Above the curve.</param>
    /// <param name="points">(epoch, value), ascending epochs; values that are not numbers are left out.</param>
    public static string ToSvg(string title, IEnumerable<(double Epoch, double Value)> points)
    {
        var finite = points.Where(p => double.IsFinite(p.Value)).ToArray();
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<figure><figcaption>{WebUtility.HtmlEncode(title)}</figcaption><svg viewBox='0 0 {Width} {Height}' role='img' "
                + $"aria-label='{WebUtility.HtmlEncode(title)}'>");
        if (finite.Length > 0)
        {
            var (low, high) = Range(finite.Min(p => p.Value), finite.Max(p => p.Value));
            var (first, last) = Range(finite[0].Epoch, finite[^1].Epoch);
            double X(double epoch) => Left + (epoch - first) / (last - first) * (Width - Left - Margin);
            double Y(double value) => Height - Bottom - (value - low) / (high - low) * (Height - Bottom - Margin);
            for (var i = 0; i <= 4; i++)
            {
                var value = low + (high - low) * i / 4;
                svg.Append(
                    CultureInfo.InvariantCulture,
                    $"<line class='grid' x1='{Left}' x2='{Width - Margin}' y1='{Y(value):F1}' y2='{Y(value):F1}'/><text x='{Left - 6}' "
                        + $"y='{Y(value) + 4:F1}' text-anchor='end'>{Label(value)}</text>");
            }

            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text x='{Left}' y='{Height - 8}'>epoch {first:G4}</text><text x='{Width - Margin}' y='{Height - 8}' "
                    + $"text-anchor='end'>{last:G4}</text>");
            svg.Append("<polyline points='")
                .AppendJoin(' ', finite.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.Epoch):F1},{Y(p.Value):F1}")))
                .Append("'/>");
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<circle cx='{X(finite[^1].Epoch):F1}' cy='{Y(finite[^1].Value):F1}' r='3'><title>{finite[^1].Value:G5}</title></circle>");
        }

        return svg.Append("</svg></figure>").ToString();
    }

    // Small numbers with an exponent: "0.000753" would not fit beside the axis.
    private static string Label(double value) =>
        value.ToString(Math.Abs(value) is > 0 and < 0.01 ? "0.0e0" : "G3", CultureInfo.InvariantCulture);

    // A flat or a single point still needs a scale.
    private static (double Low, double High) Range(double low, double high) => high > low ? (low, high) : (low - 0.5, high + 0.5);
}
