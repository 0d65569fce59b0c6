using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>The Swagger page under our content policy, and its Authorize button.</summary>
public sealed partial class SwaggerTests(SearchPage search)
{
    [Fact]
    public async Task A_key_is_sent_after_Authorize_and_nothing_is_blocked()
    {
        SearchPage.SkipWhereImpossible();
        await using var service = await KeyedService.StartAsync("write", TestContext.Current.CancellationToken);
        await using var tab = await search.OpenBareAsync(service, "swagger/index.html");
        var page = tab.Page;
        var stats = page.Locator("#operations-Health-get_stats");
        var status = stats.Locator(".live-responses-table tr.response td.response-col_status");
        await stats.Locator(".opblock-summary-control").ClickAsync();
        await stats.GetByRole(AriaRole.Button, new() { Name = "Execute" }).ClickAsync();
        await Expect(status).ToContainTextAsync("401");
        // The browser itself reports the refused call; what it must not report is a blocked part of the page.
        Assert.DoesNotContain(tab.Complaints, complaint => Blocked().IsMatch(complaint));

        await page.Locator(".auth-wrapper button.authorize").First.ClickAsync();
        var key = page.Locator(".dialog-ux .auth-container").Filter(new() { Has = page.Locator("#api_key_value") });
        await key.Locator("#api_key_value").FillAsync(KeyedService.Looker);
        await key.Locator("button.authorize").ClickAsync();
        await page.Locator(".dialog-ux button.btn-done").First.ClickAsync();
        await stats.GetByRole(AriaRole.Button, new() { Name = "Execute" }).ClickAsync();

        await Expect(status).ToContainTextAsync("200");
        Assert.DoesNotContain(tab.Complaints, complaint => Blocked().IsMatch(complaint));
        Assert.All(tab.Asked, address =>
            Assert.True(address.Scheme == "data" || address.Authority == service.Address.Authority, $"{address}"));
    }

    [GeneratedRegex("Content.Security.Policy|Refused to", RegexOptions.IgnoreCase)]
    private static partial Regex Blocked();
}
