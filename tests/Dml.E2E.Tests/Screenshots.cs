using Dml.Tests.Shared;
using Microsoft.Playwright;

namespace Dml.E2E.Tests;

/// <summary>Takes the pictures of the README; only when asked: <c>DML_SCREENSHOTS=1</c>.</summary>
public sealed class Screenshots(SearchPage search)
{
    [Theory]
    [InlineData("start", null, false, ColorScheme.Light)]
    [InlineData("search", DemoCatalogue.HeldOut, false, ColorScheme.Light)]
    [InlineData("search-dark", "noto.cat-face", false, ColorScheme.Dark)]
    [InlineData("search-phone", "noto.sunflower", true, ColorScheme.Light)]
    public async Task Take(string name, string? query, bool phone, ColorScheme scheme)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("DML_SCREENSHOTS") == "1", "Set DML_SCREENSHOTS=1 to take docs/screenshots anew");
        await using var tab = await search.OpenAsync(options: phone ? LookTests.Phone(scheme) : new() { ColorScheme = scheme });
        if (query is not null)
        {
            await tab.ChooseAsync(DemoCatalogue.Picture(query, 320), "first.png");
            await tab.HitIdsAsync();
            // The second answer's cost is the usual one: the first still compiles and fills caches.
            await tab.ChooseAsync(DemoCatalogue.Picture(query, 320), $"{query}.png");
            await Assertions.Expect(tab.QueryName).ToHaveTextAsync($"{query}.png");
        }
        await tab.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Directory.CreateDirectory(Repository.Screenshots);

        var file = Path.Combine(Repository.Screenshots, $"{name}.png");
        await tab.Page.ScreenshotAsync(new() { Path = file });

        Assert.True(new FileInfo(file).Length > 10_000, $"{file} is almost empty");
    }
}
