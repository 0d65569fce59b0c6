using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>From picture to picture: links, Back, and how many to show.</summary>
public sealed class MoreLikeThisTests(SearchPage search)
{
    [Fact]
    public async Task A_click_on_a_hit_shows_more_like_it_and_Back_returns()
    {
        await using var tab = await search.OpenAsync();
        await tab.ChooseAsync(DemoCatalogue.Picture("noto.fox", 200), "fox.png");
        var before = await tab.HitIdsAsync();

        await tab.Hits.Nth(1).ClickAsync();
        await Expect(tab.Page).ToHaveURLAsync(new Regex($"#item={Regex.Escape(before[1])}$"));
        await Expect(tab.QueryName).Not.ToHaveTextAsync("fox.png");
        Assert.DoesNotContain(before[1], await tab.HitIdsAsync());
        await Expect(tab.Page.Locator("#cost-parts dt")).ToHaveTextAsync(["search", "the rest"]);

        await tab.Page.GoBackAsync();
        await Expect(tab.QueryName).ToHaveTextAsync("fox.png");
        await Expect(tab.Page.Locator("#query-picture")).ToHaveJSPropertyAsync("naturalWidth", 200);
        Assert.Equal(before, await tab.HitIdsAsync());

        await tab.Page.GoBackAsync();
        await Expect(tab.Page.Locator("#grid.starters a")).ToHaveCountAsync(24);
        await Expect(tab.Page.Locator("#query")).ToBeHiddenAsync();
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Back_returns_to_the_place_on_the_page()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox&k=50");
        await tab.Hits.Nth(40).ScrollIntoViewIfNeededAsync();
        var place = await tab.Page.EvaluateAsync<double>("scrollY");
        Assert.True(place > 500, $"scrolled to {place}");

        await tab.Hits.Nth(40).ClickAsync();
        await Expect(tab.QueryName).Not.ToHaveTextAsync("fox");
        Assert.Equal(0, await tab.Page.EvaluateAsync<double>("scrollY"));

        await tab.Page.GoBackAsync();
        await tab.Page.WaitForFunctionAsync("place => Math.abs(scrollY - place) < 2", place);
    }

    [Fact]
    public async Task A_link_to_an_item_opens_its_answer()
    {
        await using var tab = await search.OpenAsync("#item=twemoji.sailboat&k=10");

        await Expect(tab.QueryName).ToHaveTextAsync("sailboat");
        await Expect(tab.Hits).ToHaveCountAsync(10);
        Assert.Equal("Like sailboat · Dml", await tab.Page.TitleAsync());
    }

    [Fact]
    public async Task The_number_of_pictures_can_be_chosen_and_stays()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox");

        await tab.Page.Locator("#size label", new() { HasText = "50" }).ClickAsync();
        await Expect(tab.Hits).ToHaveCountAsync(50);
        await Expect(tab.Page).ToHaveURLAsync(new Regex("#item=noto.fox&k=50$"));

        await tab.ChooseAsync(DemoCatalogue.Picture("noto.rocket"));
        await Expect(tab.QueryName).ToHaveTextAsync("mine.png");
        await Expect(tab.Hits).ToHaveCountAsync(50);
    }

    [Fact]
    public async Task A_label_is_shown_as_it_is_written()
    {
        const string label = "<img src=x onerror=\"document.title='broken in'\">";
        var cancel = TestContext.Current.CancellationToken;
        SearchPage.SkipWhereImpossible();
        await DemoCatalogue.PutAsync(
            search.Service.Http, "hostile", DemoCatalogue.Picture("noto.violin"), label, new() { ["note"] = label }, cancel);
        try
        {
            await using var tab = await search.OpenAsync("#item=noto.violin");

            var hit = tab.Page.Locator("[data-id=hostile]");
            await Expect(hit.Locator(".label")).ToHaveTextAsync(label);
            await Expect(hit.Locator(".chip")).ToHaveTextAsync($"note {label}");
            await Expect(hit.Locator("img")).ToHaveCountAsync(1);
            await hit.ClickAsync();
            await Expect(tab.QueryName).ToHaveTextAsync(label);
            Assert.Empty(tab.Complaints);
        }
        finally
        {
            await search.Service.Http.DeleteAsync("items/hostile", cancel);
        }
    }
}
