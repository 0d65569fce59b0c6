using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>"Also like this" and "not like this" on a hit make it a part of the question.</summary>
public sealed class ExampleTests(SearchPage search)
{
    [Fact]
    public async Task Hits_become_examples_and_can_be_removed()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox&k=10");
        var first = await tab.HitIdsAsync();
        var (liked, disliked) = (first[2], first[1]);

        await PressAsync(tab, liked, "Also like this");
        await Expect(Chips(tab)).ToHaveCountAsync(1);
        await Expect(tab.Page).ToHaveURLAsync(new Regex($"#item=noto.fox&like={Regex.Escape(liked)}&k=10$"));
        Assert.DoesNotContain(liked, await tab.HitIdsAsync());

        await PressAsync(tab, disliked, "Not like this");
        await Expect(Chips(tab)).ToHaveTextAsync([new Regex("^Also like "), new Regex("^Not like ")]);
        var both = await tab.HitIdsAsync();
        Assert.DoesNotContain(both, id => id == liked || id == disliked);
        // What is right for several says nothing about one of them.
        await Expect(tab.Page.Locator(".verdict")).ToHaveCountAsync(0);

        // The address has all of it.
        await using (var other = await search.OpenAsync(new Uri(tab.Page.Url).Fragment))
        {
            await Expect(Chips(other)).ToHaveCountAsync(2);
            Assert.Equal(both, await other.HitIdsAsync());
        }

        await Chips(tab).Nth(1).GetByRole(AriaRole.Button).ClickAsync();
        await Expect(Chips(tab)).ToHaveCountAsync(1);
        await Chips(tab).First.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(Chips(tab)).ToHaveCountAsync(0);
        await Expect(tab.Page).ToHaveURLAsync(new Regex("#item=noto.fox&k=10$"));
        Assert.Equal(first, await tab.HitIdsAsync());
        await tab.Page.GoBackAsync();
        await Expect(Chips(tab)).ToHaveCountAsync(1);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task A_picture_of_ones_own_can_have_more_examples()
    {
        await using var tab = await search.OpenAsync();
        await tab.ChooseAsync(DemoCatalogue.Picture("noto.fox", 200), "fox.png");
        var liked = (await tab.HitIdsAsync())[3];

        await PressAsync(tab, liked, "Also like this");

        await Expect(tab.Page).ToHaveURLAsync(new Regex($"#picture=1&like={Regex.Escape(liked)}$"));
        await Expect(tab.QueryName).ToHaveTextAsync("fox.png");
        await Expect(tab.Page).ToHaveTitleAsync("Like fox.png and 1 more · Dml");
        Assert.DoesNotContain(liked, await tab.HitIdsAsync());
        // The next picture is a question of its own.
        await tab.ChooseAsync(DemoCatalogue.Picture("noto.rocket"), "rocket.png");
        await Expect(tab.QueryName).ToHaveTextAsync("rocket.png");
        await Expect(Chips(tab)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Keys_reach_the_buttons()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox&k=10");
        await tab.HitIdsAsync();
        await tab.Hits.First.FocusAsync();
        await tab.Page.Keyboard.PressAsync("ArrowRight");
        await tab.Page.Keyboard.PressAsync("Tab");
        await Expect(tab.Page.Locator("#grid li").Nth(1).Locator(".likes")).ToBeFocusedAsync();
        await tab.Page.Keyboard.PressAsync("Enter");

        await Expect(Chips(tab)).ToHaveCountAsync(1);
        await Expect(tab.Hits.First).ToBeFocusedAsync();
        await Chips(tab).GetByRole(AriaRole.Button).FocusAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(Chips(tab)).ToHaveCountAsync(0);
        await Expect(tab.Page.Locator("#choose")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task An_example_that_is_gone_is_told_of()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox&like=nobody");

        await Expect(tab.Problem).ToContainTextAsync("nobody");
    }

    private static ILocator Chips(Tab tab) => tab.Page.Locator("#examples li");

    private static async Task PressAsync(Tab tab, string hit, string button)
    {
        var card = tab.Page.Locator("#grid li", new() { Has = tab.Page.Locator($"[data-id='{hit}']") });
        await card.HoverAsync();
        await card.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
    }
}
