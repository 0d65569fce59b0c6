using Dml.Client;
using Dml.Tests.Shared;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>Hits are judged right or wrong, and the service stores it: read back from the catalogue's file.</summary>
public sealed class FeedbackTests(SearchPage search)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_last_word_on_a_hit_is_kept_and_shown_wherever_the_pair_is()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox&k=50");
        var hit = (await tab.HitIdsAsync())[0];
        await tab.Page.EvaluateAsync("window.isStillHere = true");
        await ExpectAsync(tab, hit, right: false, wrong: false);

        await Verdict(tab, hit, "Right").ClickAsync();
        await ExpectAsync(tab, hit, right: true, wrong: false);
        Assert.True(await StoredAsync(search.Service, "noto.fox", hit));
        await Expect(tab.Page.Locator("[role=status]")).ToHaveTextAsync("Saved: fox is a right match");

        await Verdict(tab, hit, "Wrong").ClickAsync();
        await ExpectAsync(tab, hit, right: false, wrong: true);
        Assert.False(await StoredAsync(search.Service, "noto.fox", hit));

        // From the other side it is the same pair; and so it is after Back.
        await tab.Page.Locator($"[data-id='{hit}']").ClickAsync();
        await tab.Page.WaitForFunctionAsync("id => location.hash.includes(id) && document.querySelector('[data-id=\"noto.fox\"]')", hit);
        await ExpectAsync(tab, "noto.fox", right: false, wrong: true);
        await tab.Page.GoBackAsync();
        await ExpectAsync(tab, hit, right: false, wrong: true);
        Assert.True(await tab.Page.EvaluateAsync<bool>("window.isStillHere"));
        await tab.Page.ReloadAsync();
        await ExpectAsync(tab, hit, right: false, wrong: true);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Keys_lead_to_the_buttons_of_one_hit_and_on_to_the_next()
    {
        await using var tab = await search.OpenAsync("#item=noto.violin&k=10");
        var ids = await tab.HitIdsAsync();
        var keys = tab.Page.Keyboard;
        await tab.Hits.First.FocusAsync();

        // The two buttons of examples come first.
        await keys.PressAsync("Tab");
        await keys.PressAsync("Tab");
        await keys.PressAsync("Tab");
        await Expect(Verdict(tab, ids[0], "Right")).ToBeFocusedAsync();
        await keys.PressAsync("Tab");
        await Expect(Verdict(tab, ids[0], "Wrong")).ToBeFocusedAsync();
        await keys.PressAsync("ArrowRight");
        await Expect(tab.Hits.Nth(1)).ToBeFocusedAsync();
        await keys.PressAsync("Tab");
        await keys.PressAsync("Tab");
        await keys.PressAsync("Tab");
        await keys.PressAsync("Space");

        await ExpectAsync(tab, ids[1], right: true, wrong: false);
        await Expect(Verdict(tab, ids[1], "Right")).ToBeFocusedAsync();
        Assert.True(await StoredAsync(search.Service, "noto.violin", ids[1]));
        Assert.Null(await StoredAsync(search.Service, "noto.violin", ids[0]));
    }

    [Fact]
    public async Task A_picture_of_ones_own_is_judged_with_when_an_item_has_it()
    {
        await using var tab = await search.OpenAsync();
        await tab.ChooseAsync(DemoCatalogue.Picture("noto.tulip", 200));
        await tab.HitIdsAsync();
        await Expect(tab.Page.Locator(".verdict")).ToHaveCountAsync(0);

        await tab.ChooseAsync(await search.Service.Http.GetByteArrayAsync("items/noto.tulip/image", Cancel), "same.png");
        await Expect(tab.QueryName).ToHaveTextAsync("same.png");
        // Not on the item itself: there is nothing to learn from a picture and itself.
        await Expect(tab.Page.Locator(".verdict")).ToHaveCountAsync(19);
        await Expect(tab.Page.Locator("li:has([data-id='noto.tulip']) .verdict")).ToHaveCountAsync(0);

        var other = (await tab.HitIdsAsync())[1];
        await Verdict(tab, other, "Wrong").ClickAsync();
        await ExpectAsync(tab, other, right: false, wrong: true);
        Assert.False(await StoredAsync(search.Service, "noto.tulip", other));
    }

    [Fact]
    public async Task A_hit_that_has_been_deleted_meanwhile_says_so()
    {
        SearchPage.SkipWhereImpossible();
        await DemoCatalogue.PutAsync(search.Service.Http, "passing", DemoCatalogue.Picture("noto.fox", 97), "passing", [], Cancel);
        await using var tab = await search.OpenAsync("#item=noto.fox");
        await tab.Page.Locator("[data-id=passing]").WaitForAsync();
        await search.Service.Http.DeleteAsync("items/passing", Cancel);

        await Verdict(tab, "passing", "Right").ClickAsync();

        await Expect(tab.Problem).ToHaveTextAsync("There is no item \"passing\".");
        await Expect(tab.Page.Locator("li:has([data-id=passing]) .problem")).ToBeVisibleAsync();
        await ExpectAsync(tab, "passing", right: false, wrong: false);
    }

    [Fact]
    public async Task Who_may_only_search_is_told_and_another_key_helps()
    {
        SearchPage.SkipWhereImpossible();
        await using var service = await KeyedService.StartAsync("write", Cancel);
        foreach (var id in new[] { "noto.fox", "twemoji.fox" })
        {
            await DemoCatalogue.PutAsync(service.Http, id, DemoCatalogue.Picture(id), "fox", [], Cancel);
        }

        await using var tab = await search.OpenBareAsync(service, "#item=noto.fox");
        await KeyedService.GiveKeyAsync(tab.Page, KeyedService.Looker);

        await Verdict(tab, "twemoji.fox", "Right").ClickAsync();
        await Expect(tab.Problem).ToHaveTextAsync("The key \"looker\" has the role search; this call requires write.");
        Assert.Null(await StoredAsync(service, "noto.fox", "twemoji.fox"));

        await tab.Page.GetByLabel("Change the key").ClickAsync();
        await KeyedService.GiveKeyAsync(tab.Page, KeyedService.Changer);
        await Expect(tab.Problem).ToHaveCountAsync(0);
        await Verdict(tab, "twemoji.fox", "Right").ClickAsync();
        await ExpectAsync(tab, "twemoji.fox", right: true, wrong: false);
        Assert.True(await StoredAsync(service, "noto.fox", "twemoji.fox"));
    }

    private static ILocator Verdict(Tab tab, string hit, string word) =>
        tab.Page.Locator($"li:has([data-id='{hit}'])").GetByRole(AriaRole.Button, new() { Name = $"{word} match: " });

    private static async Task ExpectAsync(Tab tab, string hit, bool right, bool wrong)
    {
        await Expect(Verdict(tab, hit, "Right")).ToHaveAttributeAsync("aria-pressed", right ? "true" : "false");
        await Expect(Verdict(tab, hit, "Wrong")).ToHaveAttributeAsync("aria-pressed", wrong ? "true" : "false");
    }

    // What the service wrote of a pair of items' pictures; null when nothing.
    private static async Task<bool?> StoredAsync(TemporaryService service, string one, string other)
    {
        var client = new DmlClient(service.Http);
        string[] pair = [(await client.FindItemAsync(one, Cancel))!.Sha256, (await client.FindItemAsync(other, Cancel))!.Sha256];
        Array.Sort(pair, StringComparer.Ordinal);
        await using var file = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(service.DataFolder, "catalogue.db"),
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString());
        await file.OpenAsync(Cancel);
        await using var command = file.CreateCommand();
        command.CommandText = "SELECT is_right FROM feedback WHERE one = $one AND other = $other";
        command.Parameters.AddWithValue("$one", pair[0]);
        command.Parameters.AddWithValue("$other", pair[1]);
        return await command.ExecuteScalarAsync(Cancel) is long value ? value != 0 : null;
    }
}
