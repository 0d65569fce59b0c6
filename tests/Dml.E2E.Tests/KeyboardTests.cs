using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>Everything works without a mouse.</summary>
public sealed class KeyboardTests(SearchPage search)
{
    [Fact]
    public async Task Keys_lead_from_the_start_to_more_like_this_and_back()
    {
        await using var tab = await search.OpenAsync();
        await Expect(tab.Cards).ToHaveCountAsync(24);
        var keys = tab.Page.Keyboard;

        await keys.PressAsync("/");
        await Expect(tab.Page.Locator("#choose")).ToBeFocusedAsync();

        await keys.PressAsync("Tab");
        await Expect(tab.Page.Locator("#words")).ToBeFocusedAsync();

        // One press to the grid, and arrows within: twelve starters stand in a row at this width.
        await keys.PressAsync("Tab");
        await Expect(tab.Cards.First).ToBeFocusedAsync();
        await keys.PressAsync("ArrowRight");
        await Expect(tab.Cards.Nth(1)).ToBeFocusedAsync();
        await keys.PressAsync("ArrowDown");
        await Expect(tab.Cards.Nth(13)).ToBeFocusedAsync();
        await keys.PressAsync("ArrowUp");
        await keys.PressAsync("ArrowLeft");
        await Expect(tab.Cards.First).ToBeFocusedAsync();
        await keys.PressAsync("ArrowLeft");
        await Expect(tab.Cards.First).ToBeFocusedAsync();
        await keys.PressAsync("End");
        await Expect(tab.Cards.Last).ToBeFocusedAsync();
        Assert.Equal("solid", await tab.Cards.Last.EvaluateAsync<string>("card => getComputedStyle(card).outlineStyle"));

        await keys.PressAsync("Enter");
        await Expect(tab.Hits).ToHaveCountAsync(20);
        await Expect(tab.Hits.First).ToBeFocusedAsync();
        var best = (await tab.HitIdsAsync())[0];
        await keys.PressAsync("Enter");
        await Expect(tab.Page).ToHaveURLAsync(new Regex($"#item={Regex.Escape(best)}$"));

        await keys.PressAsync("Escape");
        await Expect(tab.Page.Locator("#grid.starters a")).ToHaveCountAsync(24);
        await Expect(tab.Page.Locator("#choose")).ToBeFocusedAsync();
        Assert.Equal("", new Uri(tab.Page.Url).Fragment);
    }

    [Fact]
    public async Task Everything_that_can_be_clicked_can_be_reached_by_Tab()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox");
        await tab.HitIdsAsync();

        List<string> reached = [];
        for (var presses = 0; presses < 24; presses++)
        {
            await tab.Page.Keyboard.PressAsync("Tab");
            const string Places = ".brand, #views, #theme, #query-about, #region-tool, #choose, #size, #filter, #grid, footer a, summary";
            reached.Add(await tab.Page.EvaluateAsync<string>(
                $"document.activeElement.closest('{Places}')?.className + '|' + document.activeElement.tagName"));
        }

        var views = Enumerable.Repeat("views|A", 8);
        Assert.Equal(
            [
                "brand|A", .. views, "round|BUTTON", "about|A", "small|BUTTON", "primary|BUTTON", "size|INPUT", "|INPUT", "grid hits|A",
                "grid hits|BUTTON", "grid hits|BUTTON", "grid hits|BUTTON", "grid hits|BUTTON", "|A", "|SUMMARY",
            ],
            reached.Take(22));
    }

    [Fact]
    public async Task Enter_on_the_choose_button_opens_the_file_chooser()
    {
        await using var tab = await search.OpenAsync();

        // The browser is told to hand its file dialog over before any key is pressed: a message that comes late loses the dialog.
        var opened = tab.Page.WaitForFileChooserAsync();
        await tab.Page.Keyboard.PressAsync("/");
        await Expect(tab.Page.Locator("#choose")).ToBeFocusedAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        var chooser = await opened;
        await chooser.SetFilesAsync(
            new FilePayload { Name = "tulip.png", MimeType = "image/png", Buffer = DemoCatalogue.Picture("noto.tulip") });

        Assert.Equal("noto.tulip", (await tab.HitIdsAsync())[0]);
    }
}
