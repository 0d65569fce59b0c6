using System.IO.Compression;
using Dml.Client;
using Dml.Tests.Shared;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dml.E2E.Tests;

/// <summary>
/// Takes the screenshots of the README and of every view. Runs only on request: <c>DML_SCREENSHOTS=1</c>, or names of views, separated by
/// commas.
/// </summary>
public sealed class Screenshots(SearchPage search)
{
    private const string Imported = "drawings";

    private static readonly Dictionary<string, (string Path, string Shown)> Views = new()
    {
        ["feedback"] = ("#item=fluent-emoji-flat.tangerine", ".verdict"),
        ["catalogue"] = ("#view=catalogue", "#catalogue-grid img"),
        ["item"] = ("#view=about&id=noto.strawberry", ".grid.small img"),
        ["import"] = ("#view=import", "#view .frame"),
        ["jobs"] = ("#view=jobs", "#view article"),
        ["models"] = ("#view=models", ".generation"),
        ["compare"] = ("#view=compare&item=fluent-emoji-flat.tangerine", ".column img"),
        ["map"] = ("#view=map", "#map-list img"),
    };

    public static TheoryData<string, string> Looks => new(
        from view in Views.Keys.Prepend("search").Prepend("start") from look in new[] { "light", "dark", "phone" } select (view, look));

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Take(string view, string look)
    {
        var asked = Environment.GetEnvironmentVariable("DML_SCREENSHOTS") ?? "";
        Assert.SkipUnless(asked == "1" || asked.Split(',').Contains(view), "Set DML_SCREENSHOTS=1 to retake docs/screenshots");
        var options = look switch
        {
            "phone" => LookTests.Phone(),
            "dark" => new() { ColorScheme = ColorScheme.Dark },
            _ => new BrowserNewContextOptions { ColorScheme = ColorScheme.Light },
        };
        await using var tab = Views.TryGetValue(view, out var place)
            ? await search.OpenViewAsync(await search.TwoGenerationsAsync(), place.Path, place.Shown, options)
            : await search.OpenAsync(options: options);
        if (view == "search")
        {
            await SearchAsync(tab, look == "light" ? DemoCatalogue.HeldOut : look == "dark" ? "noto.cat-face" : "noto.sunflower");
        }

        if (view == "import")
        {
            await ImportAsync(tab);
        }

        if (view == "feedback")
        {
            await JudgeAsync(tab);
        }

        await tab.QuietAsync();
        await tab.Page.WaitForFunctionAsync(
            """
            () => [...document.images].every(image => {
              const { top, bottom, width } = image.getBoundingClientRect();
              return width === 0 || bottom < 0 || top > innerHeight || (image.complete && image.naturalWidth > 0);
            })
            """);
        Directory.CreateDirectory(Repository.Screenshots);

        var file = Path.Combine(Repository.Screenshots, look == "light" ? $"{view}.png" : $"{view}-{look}.png");
        await tab.Page.ScreenshotAsync(new() { Path = file });

        if (view == "import")
        {
            await DeleteImportedAsync(await search.TwoGenerationsAsync());
        }

        Assert.True(new FileInfo(file).Length > 5_000, $"{file} is almost empty");
    }

    // The other pictures show the catalogue as it was.
    private static async Task DeleteImportedAsync(TemporaryService service)
    {
        var client = new DmlClient(service.Http);
        var cancel = TestContext.Current.CancellationToken;
        await foreach (var item in client.ItemsAsync(Imported, cancel))
        {
            await client.DeleteItemAsync(item.Id, cancel);
        }
    }

    private static async Task SearchAsync(Tab tab, string query)
    {
        await tab.ChooseAsync(DemoCatalogue.Picture(query, 320), "first.png");
        await tab.HitIdsAsync();
        // The second answer's cost is the usual one: the first still compiles and fills caches.
        await tab.ChooseAsync(DemoCatalogue.Picture(query, 320), $"{query}.png");
        await Expect(tab.QueryName).ToHaveTextAsync($"{query}.png");
    }

    private static async Task JudgeAsync(Tab tab)
    {
        // The second answer's cost is the usual one here too.
        await tab.QuietAsync();
        await tab.Page.ReloadAsync();
        foreach (var (word, hit) in new[] { (".right", 0), (".right", 1), (".wrong", 2) })
        {
            await tab.Page.Locator($".verdict {word}").Nth(hit).ClickAsync();
        }
        // A phone has scrolled to what was pressed.
        await tab.Page.EvaluateAsync("innerWidth < 400 && document.getElementById('answer').scrollIntoView()");
    }

    private static async Task ImportAsync(Tab tab)
    {
        using var archive = new MemoryStream();
        using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var drawing in DemoCatalogue.Drawings.Take(40))
            {
                await using var entry = await zip.CreateEntry($"{Imported}/{drawing.Id}.png").OpenAsync();
                await entry.WriteAsync(drawing.RenderPng(96));
            }
        }

        await tab.Page.Locator("#import-archive").SetInputFilesAsync(
            new FilePayload { Name = "drawings.zip", MimeType = "application/zip", Buffer = archive.ToArray() });
        await tab.Page.Locator(".state.succeeded").WaitForAsync();
        await tab.Page.EvaluateAsync("window.scrollTo(0, 0)");
    }
}
