using Dml.Tests.Shared;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>The first start: the demo catalogue is imported while people search.</summary>
public sealed class FirstRunTests(SearchPage search)
{
    // Reading the demo's pictures takes a while on busy cores.
    private const float Patience = 30_000;

    [Fact]
    public async Task The_import_is_seen_and_searches_work_meanwhile()
    {
        SearchPage.SkipWhereImpossible();
        await using var service = await TemporaryService.StartAsync(["--Demo:Import=true"], TestContext.Current.CancellationToken);
        await using var tab = await search.OpenAsync(service);

        var bar = tab.Page.Locator("#filling-bar");
        await Expect(bar).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("#filling")).ToContainTextAsync("Filling the catalogue");
        await Expect(tab.Page.Locator("#filling-count")).ToContainTextAsync(" of 10,661", new() { Timeout = Patience });
        var before = await bar.EvaluateAsync<double>("bar => bar.value");
        await tab.Page.WaitForFunctionAsync("before => document.getElementById('filling-bar').value > before", before);
        await Expect(tab.Cards.Nth(2)).ToBeVisibleAsync();

        await tab.ChooseAsync(DemoCatalogue.Picture("noto.red-apple"));
        await tab.HitIdsAsync();
        await Expect(tab.Page.Locator("#answer-note")).ToContainTextAsync("The catalogue was still being filled");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task An_empty_catalogue_asks_and_the_demo_can_be_chosen()
    {
        SearchPage.SkipWhereImpossible();
        await using var service = await TemporaryService.StartAsync(
            ["--Models:Active=auto"], TestContext.Current.CancellationToken);
        await using var tab = await search.OpenEmptyAsync(service);

        await Expect(tab.Page.Locator("#first")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("#stats-model")).ToHaveTextAsync("photo, generation 1");
        await Expect(tab.Page.Locator("#first-own")).ToHaveAttributeAsync("href", "#view=import");
        await tab.Page.Locator("#first-demo").ClickAsync();

        await Expect(tab.Page.Locator("#first")).ToBeHiddenAsync();
        await Expect(tab.Page.Locator("#filling-count")).ToContainTextAsync(" of 10,661", new() { Timeout = Patience });
        await Expect(tab.Cards.Nth(2)).ToBeVisibleAsync();
        await tab.ChooseAsync(DemoCatalogue.Picture("noto.red-apple"));
        await tab.HitIdsAsync();
        await Expect(tab.Page.Locator("#cost-model")).ToContainTextAsync("emoji, generation 2");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Own_pictures_are_searched_with_the_embedder_for_photos()
    {
        SearchPage.SkipWhereImpossible();
        await using var service = await TemporaryService.StartAsync(
            ["--Models:Active=auto"], TestContext.Current.CancellationToken);
        await using var tab = await search.OpenEmptyAsync(service);
        await tab.Page.Locator("#first-own").ClickAsync();
        await Expect(tab.Page.Locator("#view-title")).ToHaveTextAsync("Import pictures");
        await Expect(tab.Page.Locator("#stats-model")).ToHaveTextAsync("photo, generation 1");
        Assert.Empty(tab.Complaints);
    }
}
