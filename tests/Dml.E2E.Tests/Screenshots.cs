using Microsoft.Playwright;

namespace Dml.E2E.Tests;

/// <summary>Takes the pictures of the README; only when asked: <c>DML_SCREENSHOTS=1</c>.</summary>
public sealed class Screenshots(SearchPage search)
{
    [Theory]
    [InlineData("start", "", false, ColorScheme.Light)]
    [InlineData("search", "#item=noto.red-apple", false, ColorScheme.Light)]
    [InlineData("search-dark", "#item=noto.cat-face", false, ColorScheme.Dark)]
    [InlineData("search-phone", "#item=noto.sunflower", true, ColorScheme.Light)]
    public async Task Take(string name, string path, bool phone, ColorScheme scheme)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("DML_SCREENSHOTS") == "1", "Set DML_SCREENSHOTS=1 to take docs/screenshots anew");
        await using var tab = await search.OpenAsync(path, phone ? LookTests.Phone(scheme) : new() { ColorScheme = scheme });
        await tab.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Directory.CreateDirectory(Repository.Screenshots);

        var file = Path.Combine(Repository.Screenshots, $"{name}.png");
        await tab.Page.ScreenshotAsync(new() { Path = file });

        Assert.True(new FileInfo(file).Length > 10_000, $"{file} is almost empty");
    }
}
