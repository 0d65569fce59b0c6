using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>What holds for every view: theme, phone, key.</summary>
public sealed class PageTests(SearchPage search)
{
    private static readonly (string Path, string Shown)[] Views =
    [
        ("#view=catalogue", "#catalogue-grid img"), ("#view=about&id=noto.strawberry", ".grid.small img"),
        ("#view=import", "#view .frame"), ("#view=jobs", "#view article"), ("#view=models", ".generation"),
        ("#view=compare&item=noto.fox", ".column:nth-child(2) img"), ("#view=map", "#map-list img"),
    ];

    [Fact]
    public async Task On_a_phone_no_view_scrolls_sideways_and_each_leads_to_the_others()
    {
        await using var tab = await search.OpenViewAsync(await search.TwoGenerationsAsync(), "", "#grid a", LookTests.Phone());
        foreach (var (path, shown) in Views)
        {
            await tab.Page.EvaluateAsync("path => { location.hash = path; }", path);
            await tab.Page.Locator(shown).First.WaitForAsync();
            Assert.True(await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth") == 360, path);
            await Expect(tab.Page.Locator("#views [aria-current]")).ToHaveCountAsync(1);
            await Expect(tab.Page.Locator("#views a").Last).ToBeInViewportAsync();
            await Expect(tab.Page.Locator("#view h1")).ToBeFocusedAsync();
        }

        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Colours_follow_the_system_until_somebody_switches()
    {
        await using var tab = await search.OpenAsync(options: new() { ColorScheme = ColorScheme.Dark });
        var page = tab.Page;
        const string light = "rgb(244, 245, 246)", dark = "rgb(18, 21, 23)";
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", dark);

        await page.GetByLabel("Switch to light colours").ClickAsync();
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", light);
        await page.ReloadAsync();
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", light);

        await page.GetByLabel("Switch to dark colours").ClickAsync();
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", light);
    }

    [Fact]
    public async Task A_service_that_wants_a_key_gets_it_with_every_request()
    {
        SearchPage.SkipWhereImpossible();
        await using var tab = await search.OpenViewAsync(search.Service, "swagger", "body");
        var page = tab.Page;
        // A door before the real service, which refuses whoever brings no key.
        await page.RouteAsync("**/*", route =>
        {
            var path = new Uri(route.Request.Url).AbsolutePath;
            var isOpen =
                path == "/"
                || path.StartsWith("/js/", StringComparison.Ordinal)
                || path.EndsWith(".css", StringComparison.Ordinal)
                || path.EndsWith(".svg", StringComparison.Ordinal);
            return isOpen || route.Request.Headers.GetValueOrDefault("x-api-key") == "open sesame"
                ? route.ContinueAsync()
                : route.FulfillAsync(new()
                {
                    Status = 401,
                    ContentType = "application/problem+json",
                    Body = """{"status":401,"code":"no-key","title":"A key is needed"}""",
                });
        });
        await page.GotoAsync(new Uri(search.Service.Address, "#item=noto.fox&k=10").ToString());

        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Key").FillAsync("wrong");
        await dialog.GetByText("Use this key").ClickAsync();
        await Expect(dialog.Locator("#key-problem")).ToBeVisibleAsync();
        await dialog.GetByLabel("Key").FillAsync("open sesame");
        await dialog.GetByText("Use this key").ClickAsync();

        await Expect(tab.Hits).ToHaveCountAsync(10);
        await page.WaitForFunctionAsync(
            "() => { const image = document.querySelector('#grid img'); return image.naturalWidth > 0 && image.src.startsWith('blob:'); }");
        await page.WaitForFunctionAsync("() => document.getElementById('query-picture').naturalWidth > 0");
        await Expect(page.Locator("#key")).ToBeVisibleAsync();
        Assert.Equal("open sesame", await page.EvaluateAsync<string>("sessionStorage.getItem('dml-key')"));
        Assert.Null(await page.EvaluateAsync<string?>("localStorage.getItem('dml-key')"));

        // Server-sent events and uploads bring it too.
        await page.EvaluateAsync("location.hash = '#view=import'");
        await page.Locator("#import-archive")
            .SetInputFilesAsync(new FilePayload { Name = "none.zip", MimeType = "application/zip", Buffer = [1, 2, 3] });
        await Expect(tab.Problem).ToContainTextAsync("none.zip: Send a zip or tar archive");
    }
}
