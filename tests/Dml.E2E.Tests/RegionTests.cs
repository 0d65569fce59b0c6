using System.Globalization;
using System.Text.RegularExpressions;
using Dml.Embedding;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>A box on the query picture: only what is in it is searched. By mouse, finger and keys.</summary>
public sealed class RegionTests(SearchPage search)
{
    private const int Side = 128;

    [Fact]
    public async Task A_box_that_is_dragged_is_searched_at_once()
    {
        await using var tab = await search.OpenAsync();
        await tab.ChooseAsync(Beside("noto.fox", "noto.sunflower"));
        await tab.HitIdsAsync();
        await Expect(tab.Page.Locator("#region")).ToBeHiddenAsync();

        await DragAsync(tab, (0.51, 0.02), (0.99, 0.98));

        await Expect(tab.Hits.First).ToHaveAttributeAsync("data-id", "noto.sunflower");
        await Expect(tab.Page.Locator("#region")).ToBeVisibleAsync();
        await Expect(tab.Page).ToHaveURLAsync(new Regex("#picture=1&region="));
        var region = RegionOf(tab);
        Assert.All(region.Zip([0.51, 0.02, 0.48, 0.96]), pair => Assert.Equal(pair.Second, pair.First, 0.02));

        // By its middle it is moved, by a corner it is sized.
        await DragAsync(tab, (0.75, 0.5), (0.25, 0.5));
        await Expect(tab.Hits.First).ToHaveAttributeAsync("data-id", "noto.fox");
        var moved = RegionOf(tab);
        Assert.All(moved.Zip([0.01, 0.02, 0.48, 0.96]), pair => Assert.Equal(pair.Second, pair.First, 0.02));
        await DragAsync(tab, (moved[0] + moved[2], moved[1] + moved[3]), (0.4, 0.5));
        Assert.All(RegionOf(tab).Zip([0.01, 0.02, 0.39, 0.48]), pair => Assert.Equal(pair.Second, pair.First, 0.02));

        await tab.Page.GoBackAsync();
        await Expect(tab.Page.Locator("#region")).ToBeHiddenAsync();
        await Expect(tab.Page).ToHaveURLAsync(new Regex("#picture=1$"));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task A_click_without_a_drag_changes_nothing()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox");
        var (address, before) = (tab.Page.Url, await tab.HitIdsAsync());

        await tab.Page.Locator("#query-picture").ClickAsync();

        await Expect(tab.Page.Locator("#region")).ToBeHiddenAsync();
        Assert.Equal(address, tab.Page.Url);
        Assert.Equal(before, await tab.HitIdsAsync());
    }

    [Fact]
    public async Task Keys_do_the_same()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox");
        await tab.HitIdsAsync();
        var keys = tab.Page.Keyboard;

        await tab.Page.Locator("#region-tool").FocusAsync();
        await keys.PressAsync("Enter");
        await Expect(tab.Page.Locator("#region")).ToBeFocusedAsync();
        await Expect(tab.Page).ToHaveURLAsync(new Regex(Regex.Escape($"region={Uri.EscapeDataString("0.25,0.25,0.5,0.5")}") + "$"));
        await Expect(tab.Page).ToHaveTitleAsync("Like a part of fox · Dml");
        // What is right for a part says nothing about the item.
        await Expect(tab.Page.Locator(".verdict")).ToHaveCountAsync(0);

        foreach (var key in new[] { "ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown", "Shift+ArrowLeft" })
        {
            await keys.PressAsync(key);
        }

        await Expect(tab.Page).ToHaveURLAsync(new Regex(Uri.EscapeDataString("0.35,0.2,0.45,0.55") + "$"));
        await Expect(tab.Page.Locator("#region")).ToBeFocusedAsync();

        await keys.PressAsync("Escape");
        await Expect(tab.Page).ToHaveURLAsync(new Regex("#item=noto.fox$"));
        await Expect(tab.Page.Locator("#region-tool")).ToBeFocusedAsync();
        await Expect(tab.Page.Locator("#region-tool")).ToHaveTextAsync("Search a part");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task A_finger_does_too_and_the_page_does_not_scroll()
    {
        await using var tab = await search.OpenAsync(
            "#item=noto.fox", new() { HasTouch = true, ViewportSize = new() { Width = 390, Height = 700 } });
        await tab.HitIdsAsync();
        await tab.Page.Locator("#region-tool:not([hidden])").WaitForAsync();
        var place = await PlaceAsync(tab);
        var browser = await tab.Page.Context.NewCDPSessionAsync(tab.Page);
        var path = new (string Type, double X, double Y)[]
        {
            ("touchStart", 0.2, 0.1), ("touchMove", 0.4, 0.5), ("touchMove", 0.7, 0.8), ("touchEnd", 0, 0),
        };
        foreach (var (type, x, y) in path)
        {
            object[] points = type == "touchEnd" ? [] : [new { x = place.X + (x * place.Width), y = place.Y + (y * place.Height) }];
            await browser.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = type, ["touchPoints"] = points });
        }

        await Expect(tab.Page).ToHaveURLAsync(new Regex("region="));
        Assert.All(RegionOf(tab).Zip([0.2, 0.1, 0.5, 0.7]), pair => Assert.Equal(pair.Second, pair.First, 0.03));
        Assert.Equal(0, await tab.Page.EvaluateAsync<double>("scrollY"));
    }

    [Fact]
    public async Task An_address_with_a_box_opens_it()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox&region=0.5,0.5,0.5,0.5&k=10");
        var ofPart = await tab.HitIdsAsync();
        await Expect(tab.Page.Locator("#region")).ToBeVisibleAsync();

        await tab.Page.Locator("#region-tool").ClickAsync();

        await Expect(tab.Page.Locator("#region")).ToBeHiddenAsync();
        await Expect(tab.Page).ToHaveURLAsync(new Regex("#item=noto.fox&k=10$"));
        Assert.NotEqual(ofPart, await tab.HitIdsAsync());
    }

    private static double[] RegionOf(Tab tab) =>
    [
        .. Uri.UnescapeDataString(Regex.Match(tab.Page.Url, "region=([^&]*)").Groups[1].Value).Split(',')
            .Select(number => double.Parse(number, CultureInfo.InvariantCulture)),
    ];

    private static async Task DragAsync(Tab tab, (double X, double Y) from, (double X, double Y) to)
    {
        var (url, place) = (tab.Page.Url, await PlaceAsync(tab));
        await tab.Page.Mouse.MoveAsync(place.X + (float)(from.X * place.Width), place.Y + (float)(from.Y * place.Height));
        await tab.Page.Mouse.DownAsync();
        await tab.Page.Mouse.MoveAsync(
            place.X + (float)(to.X * place.Width), place.Y + (float)(to.Y * place.Height), new() { Steps = 5 });
        await tab.Page.Mouse.UpAsync();
        await Expect(tab.Page).Not.ToHaveURLAsync(url);
    }

    // Where the picture is on the page. In its square, it is as wide as the square, and as high as its shape makes it.
    private static async Task<LocatorBoundingBoxResult> PlaceAsync(Tab tab)
    {
        var picture = tab.Page.Locator("#query-picture");
        var square = (await picture.BoundingBoxAsync())!;
        var shape = await picture.EvaluateAsync<float>("picture => picture.naturalHeight / picture.naturalWidth");
        var height = square.Width * shape;
        return new() { X = square.X, Y = square.Y + ((square.Height - height) / 2), Width = square.Width, Height = height };
    }

    private static byte[] Beside(string left, string right)
    {
        Preprocessing exact = new() { InputSize = Side };
        var row = Side * 3;
        var rgb = new byte[exact.PixelBytes * 2];
        foreach (var (id, place) in new[] { (left, 0), (right, row) })
        {
            var one = new byte[exact.PixelBytes];
            Assert.True(PictureDecoder.TryDecode(DemoCatalogue.Picture(id), exact, long.MaxValue, one, out _));
            for (var y = 0; y < Side; y++)
            {
                one.AsSpan(y * row, row).CopyTo(rgb.AsSpan((y * row * 2) + place));
            }
        }

        using var image = VipsImage.FromRgb(rgb, Side * 2, Side);
        return image.Encode(PictureFormat.Png);
    }
}
