using Dml.Api.Configuration;
using Dml.Api.Tests.Support;

namespace Dml.Api.Tests;

/// <summary>Whom the service believes about a caller's address.</summary>
public sealed class KnownProxyTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestKeys _keys = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, "203.0.113.7", "127.0.0.1")]
    [InlineData("10.0.0.0/8", "203.0.113.7", "127.0.0.1")]
    [InlineData("127.0.0.1", "203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.0/8", "198.51.100.9, 203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.0/8", "198.51.100.9, 203.0.113.7, 127.0.0.5", "203.0.113.7")]
    public async Task A_forwarded_address_counts_if_its_sender_is_known(string? known, string forwarded, string address)
    {
        string[] settings = [.. _keys.Settings, .. known is null ? (string[])[] : [$"--Security:KnownProxies:0={known}"]];
        await using var service = await TestService.StartAsync(_folder, settings);
        using var request = new HttpRequestMessage(HttpMethod.Get, "stats");
        request.Headers.Add("X-Forwarded-For", forwarded);
        using var refused = await service.Http.SendAsync(request, Cancel);
        Assert.Equal(401, (int)refused.StatusCode);
        var line = await AuditLines.FindAsync(_folder.Data, line => (string?)line["outcome"] == "refused");
        Assert.Equal(address, (string?)line["address"]);
    }

    [Fact]
    public async Task A_caller_cannot_choose_addresses_to_escape_the_limits()
    {
        await using var service = await TestService.StartAsync(_folder, "--Limits:RequestsPerSecond=1", "--Limits:Burst=3");
        var statuses = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "stats");
            request.Headers.Add("X-Forwarded-For", $"203.0.113.{i}");
            using var answer = await service.Http.SendAsync(request, Cancel);
            statuses.Add((int)answer.StatusCode);
        }

        Assert.Contains(429, statuses);
    }

    [Fact]
    public async Task Behind_a_known_proxy_with_TLS_browsers_stay_with_TLS()
    {
        await using var service = await TestService.StartAsync(_folder, [.. _keys.Settings, "--Security:KnownProxies:0=127.0.0.1"]);
        foreach (var (scheme, host, isTold) in new[]
        {
            ("https", "images.example", true), ("http", "images.example", false), ("https", "localhost", false),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "healthz/live");
            request.Headers.Add("X-Forwarded-Proto", scheme);
            request.Headers.Host = host;
            using var answer = await service.Http.SendAsync(request, Cancel);
            Assert.Equal((scheme, host, isTold), (scheme, host, answer.Headers.Contains("Strict-Transport-Security")));
        }
    }

    [Theory]
    [InlineData("--Security:KnownProxies:0=proxy", "Security:KnownProxies:0 is \"proxy\"")]
    [InlineData("--Security:KnownProxies:0=10.0.0.0/99", "expected an address such as 10.0.0.7")]
    [InlineData("--ForwardedHeaders_Enabled=true", "name your proxies")]
    public void A_proxy_that_cannot_be_known_ends_the_start(string setting, string words)
    {
        var refused = Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments(setting)));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }
}
