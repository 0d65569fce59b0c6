using Microsoft.Playwright;

namespace Dml.E2E.Tests;

/// <summary>A fresh tab with the search page; records the browser's complaints and the addresses it requested.</summary>
internal sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private int _unanswered;

    private Tab(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => Complaints.Add(error);
        page.Request += (_, request) =>
        {
            Asked.Add(new Uri(request.Url));
            _unanswered++;
        };
        page.RequestFinished += (_, _) => _unanswered--;
        page.RequestFailed += (_, _) => _unanswered--;
    }

    public IPage Page { get; }

    public List<string> Complaints { get; } = [];

    public List<Uri> Asked { get; } = [];

    public ILocator Cards => Page.Locator("#grid a");

    public ILocator Hits => Page.Locator("#grid.hits a");

    // By its role, which a hidden element does not have.
    public ILocator Problem => Page.GetByRole(AriaRole.Alert);

    public ILocator QueryName => Page.Locator("#query-name");

    /// <summary>Opens the page and waits for the first element that <paramref name="shown"/> names.</summary>
    public static async Task<Tab> OpenAsync(IBrowserContext context, Uri address, string path, string shown)
    {
        var tab = await OpenBareAsync(context, address, path);
        // It comes by script: what is asserted next must not be the bare document.
        await tab.Page.Locator(shown).First.WaitForAsync();
        return tab;
    }

    /// <summary>Opens a page without waiting for an element, such as Swagger UI.</summary>
    public static async Task<Tab> OpenBareAsync(IBrowserContext context, Uri address, string path)
    {
        var tab = new Tab(context, await context.NewPageAsync());
        await tab.Page.GotoAsync(new Uri(address, path).ToString());
        return tab;
    }

    public Task ChooseAsync(byte[] file, string name = "mine.png", string type = "image/png") =>
        Page.Locator("#file").SetInputFilesAsync(new FilePayload { Name = name, MimeType = type, Buffer = file });

    /// <summary>Drops a file or a folder of this machine onto the page.</summary>
    public async Task DropAsync(string path)
    {
        var browser = await _context.NewCDPSessionAsync(Page);
        foreach (var type in new[] { "dragEnter", "dragOver", "drop" })
        {
            var data = new { items = Array.Empty<object>(), files = new[] { path }, dragOperationsMask = 1 };
            await browser.SendAsync("Input.dispatchDragEvent", new() { ["type"] = type, ["x"] = 200, ["y"] = 200, ["data"] = data });
        }
    }

    public async Task<IReadOnlyList<string>> HitIdsAsync()
    {
        await Hits.First.WaitForAsync();
        return await Hits.EvaluateAllAsync<string[]>("links => links.map(link => link.dataset.id)");
    }

    /// <summary>
    /// Waits until no request was sent for a second: pictures that are loaded a few at a time are all there and drawn. The page must not
    /// have been left before; its requests would never end.
    /// </summary>
    public async Task QuietAsync()
    {
        var (asked, since) = (-1, 0);
        for (var waited = 0; since < 10; waited++)
        {
            Assert.True(waited < 600, $"Still {_unanswered} requests without an answer after a minute");
            since = _unanswered == 0 && asked == Asked.Count ? since + 1 : 0;
            asked = Asked.Count;
            await Page.WaitForTimeoutAsync(100);
        }
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
