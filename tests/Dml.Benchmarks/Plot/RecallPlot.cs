using System.Globalization;
using System.Xml.Linq;
using static Dml.Benchmarks.Plot.SvgShapes;

namespace Dml.Benchmarks.Plot;

/// <summary>Recall against speed on one data set as an SVG picture. Up and to the right is better.</summary>
/// <param name="Title">The title of the plot.</param>
/// <param name="Hits">The k of recall@k.</param>
/// <param name="RateName">The title of the vertical axis.</param>
/// <param name="Peers">All peers of a series of plots, so that each keeps its style from plot to plot; ours first.</param>
/// <param name="Ours">The prefix of the names of our curves, which are drawn thicker and on top.</param>
internal sealed record RecallPlot(string Title, int Hits, string RateName, IReadOnlyList<string> Peers, string Ours)
{
    private const double Width = 920;
    private const double Height = 520;
    private const double Left = 92;
    private const double Right = 664;
    private const double Top = 64;
    private const double Bottom = 446;
    private const double LegendLeft = 690;
    private const double LegendLine = 26;

    public XDocument Draw(IReadOnlyList<RecallCurve> curves)
    {
        var points = curves.SelectMany(curve => curve.Points).ToList();
        var recalls = PlotAxis.Over([.. points.Select(point => RecallScale.Of(point.Recall))], Left, Right);
        var rates = PlotAxis.Over([.. points.Select(point => RateScale.Of(point.Rate))], Bottom, Top);
        return new XDocument(Element(
            "svg",
            new XAttribute("viewBox", $"0 0 {Width} {Height}"),
            new XAttribute("width", Width),
            new XAttribute("height", Height),
            new XAttribute("role", "img"),
            new XAttribute("aria-labelledby", "title description"),
            Element("title", new XAttribute("id", "title"), Title),
            Element("desc", new XAttribute("id", "description"), Describe(curves)),
            Element("style", CurveStyle.Sheet),
            Element("rect", Class("page"), new XAttribute("width", Width), new XAttribute("height", Height)),
            Text(Left, 34, "title", Title),
            Text((Left + Right) / 2, Height - 26, "middle", $"Recall@{Hits}, by the logarithm of what is missed"),
            UprightText(24, (Top + Bottom) / 2, RateName),
            recalls.Ticks(RecallScale.Labels, RecallScale.Of, 48)
                .Select(recall => RecallTick(recalls.Position(RecallScale.Of(recall)), recall)),
            rates.Ticks(RateScale.Labels, RateScale.Of, 20).Select(rate => RateTick(rates.Position(RateScale.Of(rate)), rate)),
            curves.OrderBy(curve => IsOurs(curve.Peer)).ThenBy(curve => curve.Peer, StringComparer.Ordinal)
                .Select(curve => Curve(curve, recalls, rates)),
            curves.OrderBy(curve => Place(curve.Peer)).Select((curve, line) => Legend(curve.Peer, Top + 14 + (line * LegendLine)))));
    }

    private static XElement RecallTick(double x, double recall) =>
        Element("g", Class("recall"), Line(x, Top, x, Bottom, "grid"), Text(x, Bottom + 22, "middle", Label(recall)));

    private static XElement RateTick(double y, double rate) =>
        Element("g", Class("rate"), Line(Left, y, Right, y, "grid"), Text(Left - 10, y + 5, "end", Label(rate)));

    private XElement Curve(RecallCurve curve, PlotAxis recalls, PlotAxis rates)
    {
        var places = curve.Points.Select(point => (
            Point: point,
            X: Number(recalls.Position(RecallScale.Of(point.Recall))),
            Y: Number(rates.Position(RateScale.Of(point.Rate))))).ToList();
        return Element(
            "g",
            Class("peer"),
            Element("polyline", Class(LineClass(curve.Peer)),
                new XAttribute("points", string.Join(' ', places.Select(place => $"{place.X},{place.Y}")))),
            places.Select(place => Mark(curve.Peer, place.X, place.Y, $"{curve.Peer}, ef {place.Point.Ef}: {Describe(place.Point)}")));
    }

    private XElement Legend(string peer, double y) => Element(
        "g",
        Class("legend"),
        Line(LegendLeft, y, LegendLeft + 34, y, LineClass(peer)),
        Mark(peer, Number(LegendLeft + 17), Number(y), peer),
        Text(LegendLeft + 44, y + 5, "", peer));

    private XElement Mark(string peer, string x, string y, string hint) => Element(
        "path",
        Class($"mark{StyleOf(peer)}"),
        new XAttribute("transform", $"translate({x} {y})"),
        new XAttribute("d", CurveStyle.All[StyleOf(peer)].Mark),
        Element("title", hint));

    private string LineClass(string peer) =>
        $"curve line{StyleOf(peer)}{(IsOurs(peer) ? " ours" : "")}{(Place(peer) >= CurveStyle.All.Count ? " again" : "")}";

    private int StyleOf(string peer) => Place(peer) % CurveStyle.All.Count;

    private int Place(string peer) => Peers.TakeWhile(other => other != peer).Count();

    private bool IsOurs(string peer) => peer.StartsWith(Ours, StringComparison.Ordinal);

    private string Describe(IReadOnlyList<RecallCurve> curves) =>
        $"{RateName} against recall@{Hits}; up and to the right is better. "
        + string.Join(' ', curves.OrderBy(curve => Place(curve.Peer))
            .Select(curve => $"{curve.Peer}: {string.Join("; ", curve.Points.Select(Describe))}."));

    private static string Describe(CurvePoint point) =>
        string.Create(CultureInfo.InvariantCulture, $"recall {point.Recall:0.####}, {Label(point.Rate)} queries a second");

    private static string Label(double value) => value.ToString(value >= 100 ? "#,0" : "0.####", CultureInfo.InvariantCulture);
}
