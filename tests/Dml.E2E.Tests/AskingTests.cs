using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>Every way to choose a picture leads to the same ranked answer.</summary>
public sealed class AskingTests(SearchPage search)
{
    private const string Apple = "noto.red-apple";

    // Another size than the catalogue's, so that it is the same drawing but not the same bytes.
    private static readonly byte[] ApplePicture = DemoCatalogue.Picture(Apple, 200);

    [Fact]
    public async Task The_first_view_shows_starters_and_asks_nobody_else()
    {
        await using var tab = await search.OpenAsync();

        await Expect(tab.Cards).ToHaveCountAsync(24);
        await Expect(tab.Page.Locator("#stats-items")).ToHaveTextAsync($"{DemoCatalogue.Drawings.Count} pictures");
        await Expect(tab.Page.Locator("#stats-model")).ToHaveTextAsync(new Regex(@"^\S+, generation \d+$"));
        await tab.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.All(tab.Asked, url => Assert.Equal(search.Service.Address.Authority, url.Authority));
        Assert.Empty(tab.Complaints);
        Assert.Equal(
            0,
            await tab.Page.EvaluateAsync<int>(
                "[...document.querySelectorAll('#grid img')].filter(image => image.complete && !image.naturalWidth).length"));
    }

    [Fact]
    public async Task A_chosen_file_finds_its_drawing_first()
    {
        await using var tab = await search.OpenAsync();

        await tab.ChooseAsync(ApplePicture);

        Assert.Equal(Apple, (await tab.HitIdsAsync())[0]);
        await Expect(tab.Hits).ToHaveCountAsync(20);
        var scores = (await tab.Page.Locator(".score .figures").AllTextContentsAsync()).Select(float.Parse).ToArray();
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.InRange(scores[0], 0.9f, 1f);
        await Expect(tab.Hits.First).ToContainTextAsync("red-apple");
        await Expect(tab.Hits.First.Locator(".chip")).ToHaveTextAsync("set noto");
        await Expect(tab.QueryName).ToHaveTextAsync("mine.png");
        await Expect(tab.Page.Locator("#query-picture")).ToHaveJSPropertyAsync("naturalWidth", 200);
        await Expect(tab.Page.Locator("[role=status]")).ToContainTextAsync("20 pictures");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task The_answer_tells_its_cost_and_who_answered()
    {
        await using var tab = await search.OpenAsync();

        // A picture that no other test asks: a repeated one is answered from the cache and costs neither decode nor embed.
        await tab.ChooseAsync(DemoCatalogue.Picture(Apple, 203));

        await Expect(tab.Page.Locator("#cost-parts dt")).ToHaveTextAsync(["decode", "embed", "search", "the rest"]);
        var parts = (await tab.Page.Locator("#cost-parts dd").AllTextContentsAsync()).Sum(Milliseconds);
        var total = Milliseconds(await tab.Page.Locator("#cost-total").InnerTextAsync());
        // Each of the five figures is rounded by at most half a millisecond.
        Assert.InRange(parts, total - 2.5, total + 2.5);
        await Expect(tab.Page.Locator("#cost-model")).ToHaveTextAsync(new Regex(@"^Answered by \S+, generation \d+$"));
    }

    [Fact]
    public async Task A_pasted_picture_is_searched()
    {
        await using var tab = await search.OpenAsync(options: new() { Permissions = ["clipboard-read", "clipboard-write"] });

        await tab.Page.EvaluateAsync(
            """
            async base64 => {
              const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
              await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
            }
            """,
            Convert.ToBase64String(ApplePicture));
        await tab.Page.Keyboard.PressAsync("Control+V");

        Assert.Equal(Apple, (await tab.HitIdsAsync())[0]);
    }

    [Fact]
    public async Task Pasted_text_is_answered_in_words()
    {
        await using var tab = await search.OpenAsync(options: new() { Permissions = ["clipboard-read", "clipboard-write"] });

        await tab.Page.EvaluateAsync("() => navigator.clipboard.writeText('an apple')");
        await tab.Page.Keyboard.PressAsync("Control+V");

        await Expect(tab.Problem).ToContainTextAsync("no picture on the clipboard");
    }

    [Fact]
    public async Task A_dropped_picture_is_searched()
    {
        await using var tab = await search.OpenAsync();

        await using var transfer = await tab.Page.EvaluateHandleAsync(
            """
            base64 => {
              const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
              const transfer = new DataTransfer();
              transfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
              return transfer;
            }
            """,
            Convert.ToBase64String(ApplePicture));
        await tab.Page.DispatchEventAsync("#frame", "dragenter", new { dataTransfer = transfer });
        await Expect(tab.Page.GetByText("Drop to search")).ToBeVisibleAsync();
        await tab.Page.DispatchEventAsync("#frame", "drop", new { dataTransfer = transfer });

        Assert.Equal(Apple, (await tab.HitIdsAsync())[0]);
        await Expect(tab.QueryName).ToHaveTextAsync("dropped.png");
        await Expect(tab.Page.GetByText("Drop to search")).ToBeHiddenAsync();
    }

    private static double Milliseconds(string text) => double.Parse(text.Replace(" ms", "", StringComparison.Ordinal));
}
