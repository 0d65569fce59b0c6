using Dml.Api.Tests.Support;

namespace Dml.Api.Tests;

public sealed class SecurityHeaderTests(LimitedService service) : IClassFixture<LimitedService>
{
    [Theory]
    [InlineData("", 200)]
    [InlineData("js/main.js", 200)]
    [InlineData("swagger/index.html", 200)]
    [InlineData("stats", 200)]
    [InlineData("nowhere", 404)]
    [InlineData("items/x/thumbnail?size=many", 400)]
    public async Task Every_answer_tells_the_browser_what_it_must_not_do(string path, int status)
    {
        using var answer = await service.Http.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
        Assert.Equal(path.StartsWith("swagger", StringComparison.Ordinal), policy.Contains("unsafe", StringComparison.Ordinal));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.Equal(
            "geolocation=(), microphone=(), payment=(), usb=()", answer.Headers.GetValues("Permissions-Policy").Single());
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("cross-site", "no-cors", 403)]
    [InlineData("cross-site", "cors", 403)]
    [InlineData("same-site", "no-cors", 403)]
    [InlineData("same-site", "cors", 403)]
    [InlineData("cross-site", "navigate", 200)]
    [InlineData("same-origin", "cors", 200)]
    [InlineData("none", "navigate", 200)]
    public async Task Another_website_may_link_here_and_nothing_else(string site, string mode, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "items");
        request.Headers.Add("Sec-Fetch-Site", site);
        request.Headers.Add("Sec-Fetch-Mode", mode);
        using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
    }
}
