using System.Globalization;
using System.Xml.Linq;

namespace Dml.Benchmarks.Plot;

/// <summary>Elements of an SVG picture; the style sheet determines their appearance.</summary>
internal static class SvgShapes
{
    public static XNamespace Svg { get; } = "http://www.w3.org/2000/svg";

    public static XElement Element(string name, params object[] content) => new(Svg + name, content);

    public static XAttribute Class(string name) => new("class", name);

    public static XElement Line(double x1, double y1, double x2, double y2, string style) => Element(
        "line", Class(style), new XAttribute("x1", Number(x1)), new XAttribute("y1", Number(y1)), new XAttribute("x2", Number(x2)),
        new XAttribute("y2", Number(y2)));

    public static XElement Text(double x, double y, string style, string text) =>
        Element("text", Class(style), new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), text);

    /// <summary>Text that runs upwards, centred at this position.</summary>
    public static XElement UprightText(double x, double y, string text) =>
        Element("text", Class("middle"), new XAttribute("transform", $"translate({Number(x)} {Number(y)}) rotate(-90)"), text);

    /// <summary>A coordinate rounded to hundredths of a pixel.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
