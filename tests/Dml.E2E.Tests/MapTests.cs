using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>The map is drawn, and keys move it.</summary>
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
    public async Task It_is_drawn_and_moved_with_keys()
    {
        await using var tab = await search.OpenViewAsync(await search.TwoGenerationsAsync(), "#view=map", "#map-list a");
        var (page, map) = (tab.Page, tab.Page.Locator("#map"));
        await Expect(page.Locator(".lead")).ToHaveTextAsync(new Regex(@"generation 2, lies together: \d+ pictures\.$"));
        await page.WaitForFunctionAsync($"() => ({Inked})(document.getElementById('map')) > 20000");

        var whole = await IdsAsync(tab);
        // Again where nothing has come of it: on a busy machine the map may have been laid out anew under the keys.
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

    private static Task<string[]> IdsAsync(Tab tab) =>
        tab.Page.Locator("#map-list a").EvaluateAllAsync<string[]>("links => links.map(link => link.dataset.id)");
}
