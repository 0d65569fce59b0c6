namespace Dml.Benchmarks.Plot;

/// <summary>
/// The style of a curve: a colour for light pages, one for dark pages and its own marker, so that curves never differ by colour alone. Most
/// hues are those of Okabe and Ito (2008, "Color Universal Design"), darkened or lightened for sufficient contrast with the page.
/// </summary>
internal sealed record CurveStyle(string Light, string Dark, string Mark)
{
    public const string LightPage = "#ffffff";
    public const string DarkPage = "#14171c";
    public const string LightText = "#1b1f24";
    public const string DarkText = "#e8eaed";
    public const string LightGrid = "#d5d9de";
    public const string DarkGrid = "#3a4048";

    public static IReadOnlyList<CurveStyle> All { get; } =
    [
        new("#0072b2", "#56b4e9", "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z"),
        new("#d55e00", "#ff8f40", "M-4.5 -4.5h9v9h-9z"),
        new("#00795a", "#2fcf9f", "M0 -6L5.5 4.5H-5.5z"),
        new("#b3478c", "#e88fc4", "M0 -6.5L6.5 0L0 6.5L-6.5 0z"),
        new("#7d6600", "#f0e442", "M0 6L5.5 -4.5H-5.5z"),
        new("#5c6066", "#b9bdc3", "M-6 -1.8h4.2v-4.2h3.6v4.2h4.2v3.6h-4.2v4.2h-3.6v-4.2h-4.2z"),
        new("#8f2d2d", "#ff9e9e", "M-6 -4L-4 -6L0 -2L4 -6L6 -4L2 0L6 4L4 6L0 2L-4 6L-6 4L-2 0z"),
        new("#4a3fa0", "#aca6ff", "M-5.5 -5.5H5.5L-5.5 5.5H5.5z"),
    ];

    /// <summary>The style sheet of a plot; viewers without support for dark pages ignore its second half.</summary>
    public static string Sheet =>
        "text{font-family:system-ui,sans-serif;font-size:14px}.title{font-size:18px;font-weight:600}"
        + ".end{text-anchor:end}.middle{text-anchor:middle}.grid{stroke-width:1}"
        + ".curve{fill:none;stroke-width:1.75;stroke-linejoin:round}.ours{stroke-width:3.5}.again{stroke-dasharray:6 4}"
        + Colours(LightPage, LightText, LightGrid, style => style.Light)
        + $"@media (prefers-color-scheme:dark){{{Colours(DarkPage, DarkText, DarkGrid, style => style.Dark)}}}";

    private static string Colours(string page, string text, string grid, Func<CurveStyle, string> colour) =>
        $".page{{fill:{page}}}text{{fill:{text}}}.grid{{stroke:{grid}}}"
        + string.Concat(All.Select((style, i) => $".line{i}{{stroke:{colour(style)}}}.mark{i}{{fill:{colour(style)}}}"));
}
