using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>Phone width, light and dark, reduced motion.</summary>
public sealed partial class LookTests(SearchPage search)
{
    [Theory]
    [InlineData("")]
    [InlineData("#item=noto.umbrella-with-rain-drops")]
    public async Task On_a_phone_nothing_scrolls_sideways(string path)
    {
        await using var tab = await search.OpenAsync(path, Phone());
        await tab.Cards.Nth(9).WaitForAsync();
        await tab.Page.Locator("summary").ClickAsync();

        Assert.Equal(360, await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Take a photo" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task On_a_phone_the_answer_begins_on_the_first_screen()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox", Phone());
        await tab.HitIdsAsync();

        var first = await tab.Hits.First.BoundingBoxAsync();
        Assert.InRange(first!.Y, 0, 740 - 200);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Text_stands_out_from_what_is_behind_it(ColorScheme scheme)
    {
        await using var tab = await search.OpenAsync("#item=noto.fox", new() { ColorScheme = scheme });
        await tab.HitIdsAsync();

        var paper = await ColorAsync(tab, "body", "backgroundColor");
        Assert.Equal(scheme == ColorScheme.Dark, Luminance(paper) < 0.1);
        foreach (var text in new[] { "#stats-items", "#stats-model", "#answer-title", ".hint", "#cost-parts dt", "footer a" })
        {
            AssertReadable(text, await ColorAsync(tab, text, "color"), paper);
        }

        var card = await ColorAsync(tab, ".card", "backgroundColor");
        foreach (var text in new[] { ".label", ".score", "#choose" })
        {
            AssertReadable(text, await ColorAsync(tab, text, "color"), card);
        }
    }

    [Fact]
    public async Task Nothing_moves_for_who_asked_for_little_motion()
    {
        await using var tab = await search.OpenAsync(options: new() { ReducedMotion = ReducedMotion.Reduce });

        await tab.Page.EvaluateAsync("document.body.classList.add('busy')");

        Assert.Equal("none", await tab.Page.Locator("#busy").EvaluateAsync<string>("bar => getComputedStyle(bar).animationName"));
    }

    [Fact]
    public async Task Pictures_keep_their_place_before_they_are_loaded()
    {
        await using var tab = await search.OpenAsync();
        var loaded = await tab.Cards.First.BoundingBoxAsync();
        await tab.Page.RouteAsync("**/thumbnail?**", route => route.AbortAsync());

        await tab.Page.ReloadAsync();
        await tab.Cards.First.WaitForAsync();

        var empty = await tab.Cards.First.BoundingBoxAsync();
        Assert.Equal((loaded!.Y, loaded.Height), (empty!.Y, empty.Height));
    }

    internal static BrowserNewContextOptions Phone(ColorScheme scheme = ColorScheme.Light) => new()
    {
        ViewportSize = new() { Width = 360, Height = 740 },
        DeviceScaleFactor = 2,
        HasTouch = true,
        IsMobile = true,
        ColorScheme = scheme,
    };

    private static void AssertReadable(string what, double[] text, double[] behind)
    {
        var (light, dark) = (Math.Max(Luminance(text), Luminance(behind)), Math.Min(Luminance(text), Luminance(behind)));
        var contrast = (light + 0.05) / (dark + 0.05);
        Assert.True(contrast >= 4.5, $"{what}: contrast {contrast:F2}, WCAG 2.2 (1.4.3) asks for 4.5");
    }

    // WCAG 2.2, relative luminance.
    private static double Luminance(double[] rgb)
    {
        static double Linear(double value) => value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        return (0.2126 * Linear(rgb[0])) + (0.7152 * Linear(rgb[1])) + (0.0722 * Linear(rgb[2]));
    }

    private static async Task<double[]> ColorAsync(Tab tab, string selector, string property)
    {
        var color = await tab.Page.Locator(selector)
            .First.EvaluateAsync<string>("(element, property) => getComputedStyle(element)[property]", property);
        var match = Rgb().Match(color);
        Assert.True(match.Success, $"{selector} {property} is {color}, expected rgb(r, g, b)");
        return [.. match.Groups.Values.Skip(1).Select(part => double.Parse(part.Value, CultureInfo.InvariantCulture) / 255)];
    }

    [GeneratedRegex(@"^rgb\((\d+), (\d+), (\d+)\)$")]
    private static partial Regex Rgb();
}
