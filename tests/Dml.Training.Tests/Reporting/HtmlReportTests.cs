using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Dml.Training.Reporting;

namespace Dml.Training.Tests.Reporting;

public class HtmlReportTests
{
    private static readonly JsonObject[] Metrics =
    [
        .. new[]
        {
            """{ "kind": "epoch", "epoch": 1, "loss": 9.5, "learningRate": 0.001 }""",
            """{ "kind": "evaluation", "epoch": 1, "MAP@R": 0.25, "R@1": 0.5 }""",
            """{ "kind": "epoch", "epoch": 2, "loss": 8.5, "learningRate": 0.0005 }""",
            """{ "kind": "evaluation", "epoch": 2, "MAP@R": 0.375, "R@1": 0.625, "mINP": 0.8125 }""",
        }.Select(line => JsonNode.Parse(line)!.AsObject()),
    ];

    private static PictureWallPicture Picture(string label, bool right) => new([1, 2, 3], label, $"{label}<1>", right);

    [Fact]
    public void Is_one_file_with_nothing_from_elsewhere()
    {
        var html = HtmlReport.Write(
            "a <run>", new() { ["loss"] = "x" }, Metrics, new([new(Picture("cat", true), [Picture("cat", true), Picture("dog", false)])]),
            "Those of epoch 2, R < 1.");

        Assert.DoesNotMatch(new Regex("(src|href)='(?!data:)"), html);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("a <run>", html, StringComparison.Ordinal);
        Assert.Equal(3, Regex.Count(html, "data:image/png;base64,AQID"));
        Assert.Single(Regex.Matches(html, "<figure class='right'"));
        Assert.Single(Regex.Matches(html, "<figure class='wrong'"));
        Assert.Contains("0.3750", html, StringComparison.Ordinal);
        Assert.Contains("<th>mINP</th>", html, StringComparison.Ordinal);
        Assert.Contains("0.8125", html, StringComparison.Ordinal);
        Assert.Contains("<p>Those of epoch 2, R &lt; 1.</p>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("validation share", html, StringComparison.Ordinal);
    }

    [Fact]
    public void What_chose_the_epoch_has_a_curve_and_is_no_figure_of_held_out_classes()
    {
        var line = JsonNode.Parse("""{ "kind": "evaluation", "epoch": 3, "MAP@R": 0.5, "validation": { "MAP@R": 0.75 } }""")!.AsObject();

        var html = HtmlReport.Write("run", [], [.. Metrics, line], null, null);

        Assert.Contains("<figcaption>MAP@R, validation share</figcaption>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<th>validation</th>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Can_be_written_before_anything_was_measured()
        => Assert.Contains("<svg", HtmlReport.Write("run", [], [], null, null), StringComparison.Ordinal);

    [Fact]
    public void A_curve_runs_through_its_points_from_left_to_right()
    {
        var svg = XElement.Parse(Curve.ToSvg("Loss & more", [(1, 10), (2, double.NaN), (3, 5), (5, 0)]));

        var points = ((string)svg.Descendants("polyline").Single().Attribute("points")!)
            .Split(' ')
            .Select(p => p.Split(',').Select(double.Parse).ToArray())
            .ToArray();
        Assert.Equal(3, points.Length);
        // Epoch 3 is half way from 1 to 5, and 5 half way from 10 to 0; y grows downwards.
        Assert.Equal((points[0][0] + points[2][0]) / 2, points[1][0], 0.1);
        Assert.Equal((points[0][1] + points[2][1]) / 2, points[1][1], 0.1);
        Assert.True(points[0][1] < points[2][1]);
    }

    [Fact]
    public void A_single_point_still_has_a_scale() => Assert.DoesNotContain("NaN", Curve.ToSvg("x", [(1, 2)]), StringComparison.Ordinal);
}
