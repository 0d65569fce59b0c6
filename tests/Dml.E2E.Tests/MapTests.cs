using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dml.Tests.Shared;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>The map is drawn, keys move it, and each point shows its own picture.</summary>
public sealed class MapTests(SearchPage search)
{
    private const string Inked =
        """
        canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let i = 3; i < data.length; i += 4) if (data[i]) count++;
          return count;
        }
        """;

    private static readonly object[] Drawings =
        [.. DemoCatalogue.Drawings.Select(drawing => new { id = drawing.Id, picture = Convert.ToBase64String(drawing.RenderPng(64)) })];

    [Fact]
    public async Task It_is_drawn_and_moved_with_keys()
    {
        await using var tab = await search.OpenViewAsync(await search.TwoGenerationsAsync(), "#view=map", "#map-list a");
        var (page, map) = (tab.Page, tab.Page.Locator("#map"));
        await Expect(page.Locator(".lead")).ToHaveTextAsync(new Regex(@"generation 2: \d+ pictures\.$"));
        await page.WaitForFunctionAsync($"() => ({Inked})(document.getElementById('map')) > 20000");

        var whole = await IdsAsync(tab);
        // Again where nothing has come of it: on a busy machine the map may have been laid out again under the keys.
        for (var tries = 0; tries < 10 && (await IdsAsync(tab)).FirstOrDefault() == whole[0]; tries++)
        {
            await map.FocusAsync();
            foreach (var key in new[] { "+", "+", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown" })
            {
                await page.Keyboard.PressAsync(key);
            }

            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        Assert.NotEqual(whole[0], (await IdsAsync(tab))[0]);
        await map.FocusAsync();
        await page.Keyboard.PressAsync("0");
        await page.WaitForFunctionAsync("before => document.querySelector('#map-list a')?.dataset.id === before", whole[0]);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task A_point_under_the_mouse_shows_its_own_picture()
    {
        var points = await PointsAsync(await search.TwoGenerationsAsync());
        await using var tab = await OpenAsync(points);
        var (map, hover) = (tab.Page.Locator("#map"), tab.Page.Locator(".hover"));
        await Expect(hover).ToBeHiddenAsync();

        // The buttons lie over the corner.
        foreach (var point in points.Points.Where(point => point.X < 0.9).Where((_, place) => place % 30 == 0))
        {
            await map.HoverAsync(new() { Position = await PositionAsync(tab, point) });
            await Expect(hover.Locator(".label")).ToHaveTextAsync(point.Label);
            await ExpectPictureAsync(hover.Locator("img"), null, point.Id);
        }

        await tab.Page.Locator("h1:visible").HoverAsync();
        await Expect(hover).ToBeHiddenAsync();
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task A_point_that_keys_lead_to_shows_its_own_picture_at_its_place()
    {
        var points = await PointsAsync(await search.TwoGenerationsAsync());
        await using var tab = await OpenAsync(points);
        await tab.Page.Locator("#map").FocusAsync();
        await Eventually.SeeAsync(
            async () =>
            {
                await tab.Page.Keyboard.PressAsync("Tab");
                return await tab.Page.EvaluateAsync<bool>("document.activeElement.matches('#map-list a')");
            },
            isThere => isThere, "the Tab key leads to the list", TestContext.Current.CancellationToken);

        for (var presses = 0; presses < 4; presses++)
        {
            var id = await tab.Page.EvaluateAsync<string>("document.activeElement.dataset.id");
            await ExpectPictureAsync(tab.Page.Locator("#map"), await PositionAsync(tab, points.Points.Single(point => point.Id == id)), id);
            await tab.Page.Keyboard.PressAsync("ArrowRight");
        }

        Assert.Empty(tab.Complaints);
    }

    private sealed record Point(string Id, string Label, float X, float Y);

    private sealed record Map(string Json, Point[] Points);

    // The real service's map, once it has one, without what other tests put into the catalogue.
    private static async Task<Map> PointsAsync(TemporaryService service)
    {
        var cancel = TestContext.Current.CancellationToken;
        var map = await Eventually.SeeAsync(
            async () => JsonNode.Parse(await service.Http.GetStringAsync("map", cancel))!, seen => seen["points"] is JsonArray, "the map",
            cancel);
        var points = map["points"]!.AsArray();
        points.RemoveAll(point => DemoCatalogue.Drawings.All(drawing => drawing.Id != (string?)point!["id"]));
        return new(map.ToJsonString(), points.Deserialize<Point[]>(JsonSerializerOptions.Web)!);
    }

    // Kept as it was: other tests change the catalogue, and with it the map.
    private async Task<Tab> OpenAsync(Map map)
    {
        var tab = await search.OpenViewAsync(await search.TwoGenerationsAsync(), "", "#grid a");
        await tab.Page.RouteAsync("**/map", route => route.FulfillAsync(new() { ContentType = "application/json", Body = map.Json }));
        await tab.Page.EvaluateAsync("location.hash = '#view=map'");
        await tab.Page.Locator("#map-list a").First.WaitForAsync();
        return tab;
    }

    // The whole map lies in the middle 94 % of the width and 88 % of the height.
    private static async Task<Position> PositionAsync(Tab tab, Point point)
    {
        var box = (await tab.Page.Locator("#map").BoundingBoxAsync())!;
        return new() { X = box.Width * (0.5f + (0.94f * (point.X - 0.5f))), Y = box.Height * (0.5f + (0.88f * (point.Y - 0.5f))) };
    }

    // Of all drawings, the item's own is nearest to what is shown: by the whole element, or around a place of it.
    private static async Task ExpectPictureAsync(ILocator shown, Position? place, string id)
    {
        // As doubles: Playwright hands floats over as nothing.
        var at = place is null ? null : new { x = (double)place.X, y = (double)place.Y };
        var nearest = "";
        // Pictures come a moment later.
        for (var tries = 0; tries < 50 && nearest != id; tries++)
        {
            nearest = await shown.EvaluateAsync<string>(
                """
                async (element, { place, drawings }) => {
                  const side = 24;
                  const pixels = draw => {
                    const context = new OffscreenCanvas(side, side).getContext("2d");
                    draw(context);
                    return context.getImageData(0, 0, side, side).data;
                  };
                  const half = 24;
                  const seen = pixels(context => place
                    ? context.drawImage(element, place.x - half, place.y - half, 2 * half, 2 * half, 0, 0, side, side)
                    : context.drawImage(element, 0, 0, side, side));
                  let [nearest, least] = ["", Infinity];
                  for (const { id, picture } of drawings) {
                    const bytes = Uint8Array.from(atob(picture), character => character.charCodeAt(0));
                    const drawing = await createImageBitmap(new Blob([bytes]));
                    const expected = pixels(context => context.drawImage(drawing, 0, 0, side, side));
                    const apart = expected.reduce((sum, value, at) => sum + Math.abs(value - seen[at]), 0);
                    if (apart < least) [nearest, least] = [id, apart];
                  }
                  return nearest;
                }
                """,
                new { place = at, drawings = Drawings });
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Equal(id, nearest);
    }

    private static Task<string[]> IdsAsync(Tab tab) =>
        tab.Page.Locator("#map-list a").EvaluateAllAsync<string[]>("links => links.map(link => link.dataset.id)");
}
