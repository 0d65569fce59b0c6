using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>The map: seen, moved, and used without seeing it.</summary>
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

    [Fact]
    public async Task It_is_drawn_moved_and_leads_to_items()
    {
        await using var tab = await search.OpenViewAsync(await search.TwoGenerationsAsync(), "#view=map", "#map-list a");
        var (page, map, list) = (tab.Page, tab.Page.Locator("#map"), tab.Page.Locator("#map-list a"));
        await Expect(page.Locator(".lead")).ToHaveTextAsync(new Regex(@"generation 2, lies together: \d+ pictures\.$"));
        await page.WaitForFunctionAsync($"() => ({Inked})(document.getElementById('map')) > 20000");

        var whole = await IdsAsync(tab);
        await map.FocusAsync();
        foreach (var key in new[] { "+", "+", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown" })
        {
            await page.Keyboard.PressAsync(key);
        }
        await page.WaitForFunctionAsync("before => document.querySelector('#map-list a')?.dataset.id !== before", whole[0]);
        await page.Keyboard.PressAsync("0");
        await page.WaitForFunctionAsync("before => document.querySelector('#map-list a')?.dataset.id === before", whole[0]);

        // The item that lies nearest to the middle is under the pointer there, after coming close enough.
        var box = (await map.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2));
        await page.Mouse.WheelAsync(0, -200);
        await Expect(page.Locator(".hover")).ToBeVisibleAsync();
        await page.Mouse.ClickAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2));
        await Expect(page).ToHaveURLAsync(new Regex("#view=about&id="));

        await page.GoBackAsync();
        await list.First.FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(list.Nth(1)).ToBeFocusedAsync();
        var id = (await IdsAsync(tab))[1];
        await page.Keyboard.PressAsync("Enter");
        await Expect(page).ToHaveURLAsync(new Regex($"#view=about&id={Regex.Escape(id)}$"));
        Assert.Empty(tab.Complaints);
    }

    private static Task<string[]> IdsAsync(Tab tab) =>
        tab.Page.Locator("#map-list a").EvaluateAllAsync<string[]>("links => links.map(link => link.dataset.id)");
}
