using Dml.E2E.Tests;
using Dml.Tests.Shared;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(SearchPage))]
// One service and one browser for all, on a machine with few cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Dml.E2E.Tests;

/// <summary>One service with a small catalogue and one browser, shared by all tests; every test gets a fresh tab.</summary>
public sealed class SearchPage : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private TemporaryService? _service;
    private TwoGenerations? _twoGenerations;

    internal TemporaryService Service => _service!;

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        _service = await TemporaryService.StartAsync(["--Demo:Import=false"], CancellationToken.None);
        await DemoCatalogue.FillAsync(_service.Http, CancellationToken.None);
        _playwright = await Playwright.CreateAsync();
        _browser = await Browser.LaunchAsync(_playwright);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_twoGenerations is not null)
        {
            await _twoGenerations.DisposeAsync();
        }

        if (_service is not null)
        {
            await _service.DisposeAsync();
        }
    }

    /// <summary>Opens the page at <paramref name="path"/> (for example <c>#item=noto.fox</c>) of the shared service.</summary>
    internal Task<Tab> OpenAsync(string path = "", BrowserNewContextOptions? options = null) =>
        OpenAtAsync(() => Service.Address, path, options);

    internal Task<Tab> OpenAsync(TemporaryService service, BrowserNewContextOptions? options = null) =>
        OpenAtAsync(() => service.Address, "", options);

    /// <summary>Opens another page of a service without waiting for anything.</summary>
    internal async Task<Tab> OpenBareAsync(TemporaryService service, string path) =>
        await Tab.OpenBareAsync(await NewContextAsync(null), service.Address, path);

    /// <summary>Opens a view of a service, such as <c>#view=jobs</c>, and waits until <paramref name="shown"/> is there.</summary>
    internal async Task<Tab> OpenViewAsync(TemporaryService service, string path, string shown, BrowserNewContextOptions? options = null)
    {
        var context = await NewContextAsync(options);
        return await Tab.OpenAsync(context, service.Address, path, shown);
    }

    /// <summary>A second service, started when it is first asked for.</summary>
    internal async Task<TemporaryService> TwoGenerationsAsync()
    {
        SkipWhereImpossible();
        _twoGenerations ??= await TwoGenerations.StartAsync(CancellationToken.None);
        return _twoGenerations.Service;
    }

    /// <summary>Skips the running test where this machine cannot run it.</summary>
    internal static void SkipWhereImpossible() => Assert.SkipWhen(Missing is not null, Missing ?? "");

    private static string? Missing =>
        Browser.Path is null ? "No Chromium here: apt-get install chromium"
        : !File.Exists(Path.Combine(Repository.Models, "emoji", "embedder.onnx")) ? "No embedder here: models/emoji is missing"
        : Repository.NoDemoDrawings;

    /// <summary>Opens the page of a service without pictures.</summary>
    internal async Task<Tab> OpenEmptyAsync(TemporaryService service) =>
        await Tab.OpenAsync(await NewContextAsync(null), service.Address, "", "#first:not([hidden])");

    private async Task<Tab> OpenAtAsync(Func<Uri> address, string path, BrowserNewContextOptions? options)
    {
        var context = await NewContextAsync(options);
        return await Tab.OpenAsync(context, address(), path, "#grid a");
    }

    private async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions? options)
    {
        SkipWhereImpossible();
        options ??= new();
        options.ViewportSize ??= new() { Width = 1280, Height = 860 };
        var context = await _browser!.NewContextAsync(options);
        context.SetDefaultTimeout(45_000);
        return context;
    }
}
