using System.Text.Json;
using Dml.Tests.Shared;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>axe-core finds no accessibility problem in any view, light or dark: names, roles, contrast, order.</summary>
public sealed class AccessibilityTests(SearchPage search)
{
    private static readonly Dictionary<string, (string Path, string Shown)> Pages = new()
    {
        ["start"] = ("", "#grid img"),
        ["results"] = ("#item=noto.fox&k=10", "#grid.hits img"),
        ["part"] = ("#item=noto.fox&k=10&region=0.25,0.25,0.5,0.5", "#region:not([hidden])"),
        ["examples"] = ("#item=noto.fox&k=10&like=noto.cat-face&dislike=noto.panda", "#examples .dislikes"),
        ["catalogue"] = ("#view=catalogue", "#catalogue-grid img"),
        ["item"] = ("#view=about&id=noto.strawberry", ".grid.small img"),
        ["import"] = ("#view=import", "#view .frame"),
        ["jobs"] = ("#view=jobs", "#view article"),
        ["models"] = ("#view=models", ".generation"),
        ["learning"] = ("#view=learning", "#view .next"),
        ["compare"] = ("#view=compare&item=noto.fox", ".column:nth-child(2) img"),
        ["map"] = ("#view=map", "#map-list img"),
    };

    public static TheoryData<string> Names => [.. Pages.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Nothing_is_in_the_way_of_anybody(string page)
    {
        await using var tab = await OpenAsync(page);

        await AssertCleanAsync(tab);
    }

    [Fact]
    public async Task Nor_are_verdicts_and_a_refused_one()
    {
        await using var tab = await OpenAsync("results");
        await tab.Page.Locator(".verdict .right").First.ClickAsync();
        await tab.Page.Locator(".verdict .wrong").Nth(1).ClickAsync();
        await Expect(tab.Page.Locator(".verdict [aria-pressed=true]")).ToHaveCountAsync(2);
        await tab.Page.RouteAsync("**/feedback", route => route.AbortAsync());
        await tab.Page.Locator(".verdict .right").Nth(2).ClickAsync();
        await Expect(tab.Problem).ToContainTextAsync("The service does not respond");

        await AssertCleanAsync(tab);
    }

    [Fact]
    public async Task Nor_is_the_form_that_uploads_an_embedder()
    {
        await using var tab = await OpenAsync("models");
        var files = tab.Page.Locator("#embedder-files");
        await files.SetInputFilesAsync(new FilePayload { Name = "model.json", MimeType = "application/json", Buffer = [] });
        await Expect(tab.Problem).ToContainTextAsync("Expected one network (.onnx).");
        await AssertCleanAsync(tab);

        // Never answered: it stays on its way.
        await tab.Page.RouteAsync("**/models", route => route.Request.Method == "POST" ? Task.CompletedTask : route.ContinueAsync());
        await files.SetInputFilesAsync(
        [
            new FilePayload { Name = "embedder.onnx", MimeType = "application/octet-stream", Buffer = [1] },
            new FilePayload { Name = "model.json", MimeType = "application/json", Buffer = [1] },
        ]);
        await tab.Page.Locator("#embedder-now progress").WaitForAsync();
        await AssertCleanAsync(tab);
    }

    [Fact]
    public async Task The_dialog_for_the_key_is_in_nobodys_way()
    {
        await using var tab = await search.OpenAsync(options: new() { BypassCSP = true });
        await tab.Page.EvaluateAsync("document.getElementById('key-dialog').showModal()");

        var violations = await ViolationsAsync(tab);

        Assert.True(violations.Length == 0, string.Join("\n", violations));
    }

    [Fact]
    public async Task It_would_be_told_of_a_picture_without_words()
    {
        await using var tab = await search.OpenAsync(options: new() { BypassCSP = true });
        await tab.Page.EvaluateAsync("document.querySelector('#grid img').removeAttribute('alt')");

        Assert.Contains(await ViolationsAsync(tab), violation => violation.StartsWith("image-alt", StringComparison.Ordinal));
    }

    private async Task<Tab> OpenAsync(string page)
    {
        // The page's own policy would keep axe out, as it keeps out any foreign script.
        var options = new BrowserNewContextOptions { BypassCSP = true, ReducedMotion = ReducedMotion.Reduce };
        return await search.OpenViewAsync(await search.TwoGenerationsAsync(), Pages[page].Path, Pages[page].Shown, options);
    }

    private static async Task AssertCleanAsync(Tab tab)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await tab.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            var violations = await ViolationsAsync(tab);
            Assert.True(violations.Length == 0, $"{scheme}: {string.Join("\n", violations)}");
        }
    }

    private static async Task<string[]> ViolationsAsync(Tab tab)
    {
        if (!await tab.Page.EvaluateAsync<bool>("'axe' in window"))
        {
            await tab.Page.AddScriptTagAsync(new() { Path = Path.Combine(Repository.Root, "node_modules", "axe-core", "axe.min.js") });
        }

        var found = await tab.Page.EvaluateAsync<JsonElement>("async () => (await axe.run()).violations");
        return
        [
            .. from violation in found.EnumerateArray()
               from node in violation.GetProperty("nodes").EnumerateArray()
               select $"{Text(violation, "id")}: {Text(violation, "help")}: {Text(node, "html")} {Text(node, "failureSummary")}",
        ];

        static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();
    }
}
