using System.Text.RegularExpressions;
using Dml.Client;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>Browsing the catalogue, and reading and changing one item.</summary>
public sealed class CatalogueTests(SearchPage search)
{
    private const string Grid = "#catalogue-grid a";

    [Fact]
    public async Task Pages_go_forward_and_back_and_end()
    {
        var service = await search.TwoGenerationsAsync();
        var expected = await new DmlClient(service.Http).ItemsAsync(null, TestContext.Current.CancellationToken)
            .Select(item => item.Id).ToListAsync(TestContext.Current.CancellationToken);
        await using var tab = await search.OpenViewAsync(service, "#view=catalogue", Grid);

        var ids = new List<string>(await IdsAsync(tab));
        for (var page = 2; await tab.Page.GetByText("Next", new() { Exact = true }).CountAsync() > 0; page++)
        {
            await tab.Page.GetByText("Next", new() { Exact = true }).ClickAsync();
            await Expect(tab.Page.Locator(".pages span")).ToHaveTextAsync($"Page {page}");
            ids.AddRange(await IdsAsync(tab));
        }

        Assert.Equal(expected, ids);

        await tab.Page.GetByText("Previous", new() { Exact = true }).ClickAsync();
        await Expect(tab.Page.Locator(Grid).First).ToHaveAttributeAsync("data-id", expected[60 * ((expected.Count / 60) - 1)]);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task A_label_shows_its_items_alone_and_an_unknown_one_says_so()
    {
        await using var tab = await search.OpenViewAsync(await search.TwoGenerationsAsync(), "#view=catalogue", Grid);

        await tab.Page.GetByRole(AriaRole.Combobox, new() { Name = "Label" }).FillAsync("FOX");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.Locator(".lead")).ToHaveTextAsync("Labels with “FOX”");
        var labels = await tab.Page.Locator($"{Grid} .label").AllTextContentsAsync();
        Assert.Equal(DemoCatalogue.Drawings.Count(drawing => drawing.Concept == "fox"), labels.Count);
        Assert.All(labels, label => Assert.Equal("fox", label));

        await tab.Page.GetByRole(AriaRole.Combobox, new() { Name = "Label" }).FillAsync("no such label");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.Locator("#view .note"))
            .ToHaveTextAsync("No label has “no such label” in it.");
    }

    [Fact]
    public async Task Words_find_items_by_their_labels_without_a_picture()
    {
        await using var tab = await search.OpenAsync();

        await tab.Page.Locator("#words").FillAsync("apple");
        await tab.Page.Keyboard.PressAsync("Enter");

        await Expect(tab.Page).ToHaveURLAsync(new Regex("#view=catalogue&words=apple$"));
        var expected = DemoCatalogue.Drawings.Count(drawing => drawing.Concept.Contains("apple", StringComparison.Ordinal));
        await Expect(tab.Page.Locator(Grid)).ToHaveCountAsync(expected);
        Assert.All(await tab.Page.Locator($"{Grid} .label").AllTextContentsAsync(), label => Assert.EndsWith("-apple", label));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Labels_are_offered_while_one_is_typed()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox");

        await tab.Page.Locator("#filter").FillAsync("attr.set:noto AND label:TI");
        await Expect(tab.Page.Locator("#filters option")).ToHaveCountAsync(1);
        await Expect(tab.Page.Locator("#filters option")).ToHaveAttributeAsync("value", "attr.set:noto AND label:tiger-face");
        await Expect(tab.Page.Locator("#filters option")).ToHaveAttributeAsync(
            "label", $"tiger-face, {DemoCatalogue.Drawings.Count(drawing => drawing.Concept == "tiger-face")}");

        await using var catalogue = await search.OpenViewAsync(search.Service, "#view=catalogue", Grid);
        await catalogue.Page.Locator("#label").FillAsync("s");
        await Expect(catalogue.Page.Locator("#labels option")).ToHaveCountAsync(
            DemoCatalogue.Drawings.Select(drawing => drawing.Concept).Distinct().Count(concept => concept[0] == 's'));
        Assert.Empty(catalogue.Complaints);
    }

    [Fact]
    public async Task An_item_is_read_changed_and_deleted()
    {
        var service = await search.TwoGenerationsAsync();
        var client = new DmlClient(service.Http);
        var cancel = TestContext.Current.CancellationToken;
        await DemoCatalogue.PutAsync(
            service.Http, "mine", DemoCatalogue.Picture("noto.fox", 96), "fox", new() { ["set"] = "mine" }, cancel);
        await using var tab = await search.OpenViewAsync(service, "#view=about&id=mine", "#item-form");
        var page = tab.Page;
        await Expect(page.Locator("h1:visible")).ToHaveTextAsync("fox");
        await Expect(page.GetByText("96 × 96, PNG")).ToBeVisibleAsync();
        await Expect(page.Locator(".grid.small a").First).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Combobox, new() { Name = "Label" }).FillAsync("my fox");
        await page.GetByText("Add an attribute").ClickAsync();
        var added = page.GetByRole(AriaRole.Group, new() { Name = "New attribute" });
        await added.GetByLabel("Name").FillAsync("price");
        await added.GetByLabel("Kind").SelectOptionAsync("number");
        await added.GetByLabel("Value").FillAsync("cheap");
        await page.GetByText("Save", new() { Exact = true }).ClickAsync();
        await Expect(tab.Problem).ToHaveTextAsync("price: “cheap” is not a number.");
        await added.GetByLabel("Value").FillAsync("2.5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove set" }).ClickAsync();
        await page.GetByText("Save", new() { Exact = true }).ClickAsync();
        await Expect(page.GetByText("Saved", new() { Exact = true }).First).ToBeVisibleAsync();

        var item = (await client.FindItemAsync("mine", cancel))!;
        Assert.Equal("my fox", item.Label);
        Assert.Equal(["price"], item.Attributes.EnumerateObject().Select(attribute => attribute.Name));
        Assert.Equal(2.5, item.Attributes.GetProperty("price").GetDouble());

        await page.GetByRole(AriaRole.Link, new() { Name = "More like this" }).ClickAsync();
        await Expect(tab.QueryName).ToHaveTextAsync("my fox");
        await page.GetByText("About this item").ClickAsync();
        await Expect(page.Locator("h1:visible")).ToHaveTextAsync("my fox");

        await page.GetByText("Delete", new() { Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByText("Cancel").ClickAsync();
        Assert.NotNull(await client.FindItemAsync("mine", cancel));
        await page.GetByText("Delete", new() { Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByText("Delete", new() { Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("#view=catalogue$"));
        Assert.Null(await client.FindItemAsync("mine", cancel));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task A_filter_narrows_the_answer_and_a_wrong_one_is_explained()
    {
        await using var tab = await search.OpenAsync("#item=noto.fox");
        var filter = tab.Page.GetByRole(AriaRole.Combobox, new() { Name = "Filter" });

        await filter.FillAsync("attr.set:twemoji AND NOT label:fox");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.Locator("#grid .chip").First).ToHaveTextAsync("set twemoji");
        Assert.All(await tab.Page.Locator("#grid .chip").AllTextContentsAsync(), chip => Assert.Equal("set twemoji", chip));
        Assert.DoesNotContain("fox", await tab.Page.Locator("#grid .label").AllTextContentsAsync());
        await Expect(tab.Page).ToHaveURLAsync(new Regex("filter=attr.set%3Atwemoji"));
        var before = await tab.HitIdsAsync();

        await filter.FillAsync("label:");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Problem).ToBeVisibleAsync();
        Assert.NotEqual("", await tab.Problem.InnerTextAsync());
        await Expect(filter).ToHaveAttributeAsync("aria-invalid", "");
        Assert.Equal(before, await tab.HitIdsAsync());

        await filter.FillAsync("");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Problem).ToBeHiddenAsync();
        await Expect(tab.Page).Not.ToHaveURLAsync(new Regex("filter="));
        await Expect(tab.Hits).ToHaveCountAsync(20);
    }

    private static async Task<string[]> IdsAsync(Tab tab)
    {
        await tab.Page.Locator(Grid).First.WaitForAsync();
        return await tab.Page.Locator(Grid).EvaluateAllAsync<string[]>("links => links.map(link => link.dataset.id)");
    }
}
