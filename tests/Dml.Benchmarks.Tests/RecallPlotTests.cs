using System.Globalization;
using System.Xml.Linq;
using Dml.Benchmarks.Plot;

namespace Dml.Benchmarks.Tests;

/// <summary>The picture is well-formed, has a text alternative, and its points agree with its axes.</summary>
public sealed class RecallPlotTests
{
    // The positions of the labels are rounded to hundredths of a pixel.
    private const double Pixels = 0.2;
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly RecallCurve Ours = new("dml", [new(10, 0.85, 31_000), new(40, 0.953, 12_345), new(160, 0.9987, 2_500)]);
    private static readonly RecallCurve Theirs = new("other <&> \"one\"", [new(10, 0.8, 20_000), new(40, 0.91, 900), new(160, 1, 80)]);

    [Fact]
    public void Points_lie_where_the_axes_say()
    {
        var svg = Draw([Ours, Theirs]);
        // The axes are read from the labels: two labels determine the position of every value.
        var across = TickPlaces(svg, "recall", "x");
        var up = TickPlaces(svg, "rate", "y");
        Assert.InRange(across.Count, 4, 12);
        Assert.InRange(up.Count, 4, 12);
        double X(double recall) => across[0.9] + ((across[0.99] - across[0.9]) * Math.Log10(0.1 / (1 - recall)));
        double Y(double rate) => up[1_000] + ((up[10_000] - up[1_000]) * (Math.Log10(rate) - 3));
        Assert.True(across[0.99] > across[0.9]);
        Assert.True(up[10_000] < up[1_000]);

        foreach (var curve in new[] { Ours, Theirs })
        {
            foreach (var point in curve.Points)
            {
                var (x, y) = MarkOf(svg, $"{curve.Peer}, ef {point.Ef}:");
                // No miss has no logarithm, so it is drawn as half a miss among 10,000.
                Assert.Equal(X(point.Recall < 1 ? point.Recall : 0.99995), x, Pixels);
                Assert.Equal(Y(point.Rate), y, Pixels);
            }
        }
    }

    [Fact]
    public void Lines_go_through_the_marks()
    {
        var svg = Draw([Ours, Theirs]);

        Assert.All(svg.Descendants(Svg + "g").Where(group => (string?)group.Attribute("class") == "peer"), peer => Assert.Equal(
            ((string)peer.Element(Svg + "polyline")!.Attribute("points")!).Split(' '),
            peer.Elements(Svg + "path")
                .Select(mark => string.Create(CultureInfo.InvariantCulture, $"{Place(mark).X},{Place(mark).Y}"))));
    }

    [Fact]
    public void It_says_in_words_what_it_shows()
    {
        var svg = Draw([Ours, Theirs]);

        Assert.Equal("img", (string?)svg.Attribute("role"));
        var ids = svg.Elements().Where(element => element.Attribute("id") is not null)
            .ToDictionary(element => (string)element.Attribute("id")!, element => element.Value);
        var named = ((string)svg.Attribute("aria-labelledby")!).Split(' ').Select(id => ids[id]).ToList();
        Assert.Equal("a set", named[0]);
        Assert.Contains("dml: recall 0.85, 31,000 queries a second; recall 0.953, 12,345 queries a second", named[1],
            StringComparison.Ordinal);
        Assert.Contains(Theirs.Peer, named[1], StringComparison.Ordinal);
        Assert.Equal(["dml", Theirs.Peer], svg.Descendants(Svg + "g").Where(group => (string?)group.Attribute("class") == "legend")
            .Select(legend => legend.Element(Svg + "text")!.Value));
    }

    [Fact]
    public void It_needs_nothing_from_elsewhere()
    {
        var svg = Draw([Ours, Theirs]);

        Assert.DoesNotContain(svg.DescendantsAndSelf().Attributes(), attribute => attribute.Name.LocalName is "href" or "src");
        Assert.DoesNotContain("url(", svg.Element(Svg + "style")!.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", svg.Element(Svg + "style")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_point_can_be_drawn()
    {
        var (x, y) = MarkOf(Draw([new RecallCurve("dml", [new(10, 0.9, 1_000)])]), "dml, ef 10:");

        Assert.True(double.IsFinite(x) && double.IsFinite(y));
    }

    [Fact]
    public void Every_colour_stands_out_from_its_page()
    {
        // WCAG 2.1: 3 for graphics (1.4.11), 4.5 for text (1.4.3).
        Assert.All(CurveStyle.All, style =>
        {
            Assert.True(Contrast(style.Light, CurveStyle.LightPage) >= 3, style.Light);
            Assert.True(Contrast(style.Dark, CurveStyle.DarkPage) >= 3, style.Dark);
        });
        Assert.True(Contrast(CurveStyle.LightText, CurveStyle.LightPage) >= 4.5);
        Assert.True(Contrast(CurveStyle.DarkText, CurveStyle.DarkPage) >= 4.5);
        Assert.Equal(CurveStyle.All.Count, CurveStyle.All.Select(style => style.Mark).Distinct().Count());
    }

    private static XElement Draw(IReadOnlyList<RecallCurve> curves)
    {
        var plot = new RecallPlot("a set", 10, "Queries a second", [.. curves.Select(curve => curve.Peer)], "dml");
        // Serialized and parsed again, as a viewer gets it.
        return XDocument.Parse(plot.Draw(curves).ToString()).Root!;
    }

    private static Dictionary<double, double> TickPlaces(XElement svg, string axis, string along) =>
        svg.Descendants(Svg + "g").Where(group => (string?)group.Attribute("class") == axis).ToDictionary(
            tick => double.Parse(tick.Element(Svg + "text")!.Value, NumberStyles.Number, CultureInfo.InvariantCulture),
            tick => double.Parse((string)tick.Element(Svg + "line")!.Attribute(along + "1")!, CultureInfo.InvariantCulture));

    private static (double X, double Y) MarkOf(XElement svg, string hint) =>
        Place(svg.Descendants(Svg + "path").Single(mark => mark.Element(Svg + "title")!.Value.StartsWith(hint, StringComparison.Ordinal)));

    private static (double X, double Y) Place(XElement mark)
    {
        var numbers = ((string)mark.Attribute("transform")!)["translate(".Length..^1].Split(' ')
            .Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToList();
        return (numbers[0], numbers[1]);
    }

    private static double Contrast(string a, string b)
    {
        var (light, dark) = (Math.Max(Luminance(a), Luminance(b)), Math.Min(Luminance(a), Luminance(b)));
        return (light + 0.05) / (dark + 0.05);
    }

    private static double Luminance(string colour)
    {
        double Channel(int at)
        {
            var value = int.Parse(colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.03928 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }

        return (0.2126 * Channel(1)) + (0.7152 * Channel(3)) + (0.0722 * Channel(5));
    }
}
