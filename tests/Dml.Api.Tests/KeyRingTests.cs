using Dml.Api.Configuration;
using Dml.Api.Security;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dml.Api.Tests;

/// <summary>A key file that cannot be read is reported once, not every second, and health says so until it can be.</summary>
public sealed class KeyRingTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestClock _clock = new(DateTimeOffset.UtcNow);
    private readonly CollectedLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_of_any_size_is_not_read_for_keys()
    {
        Directory.CreateDirectory(_folder.Data);
        await WriteAsync(KeyFile.PathIn(_folder.Data), "[]" + new string(' ', 5 << 20));
        var error = Assert.Throws<SettingsException>(() => KeyFile.Load(_folder.Data));
        Assert.Contains("has more than 4194304 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreadable_file_is_logged_once()
    {
        await using var service = await TestService.StartAsync(
            _folder, services => services.AddSingleton<TimeProvider>(_clock).AddSingleton<ILoggerProvider>(_log));
        var ring = service.Services.GetRequiredService<KeyRing>();
        var path = KeyFile.PathIn(_folder.Data);
        await WriteAsync(path, "{ damaged");
        Look(ring, 10);
        Assert.Equal(1, _log.Count("The keys remain unchanged"));
        Assert.Contains("key file", Assert.Single((await service.HealthAsync()).Problems), StringComparison.Ordinal);

        await WriteAsync(path, "[5]");
        Look(ring, 10);
        Assert.Equal(2, _log.Count("The keys remain unchanged"));
        await WriteAsync(path, "[]");
        Look(ring, 2);
        Assert.Empty((await service.HealthAsync()).Problems);
        await WriteAsync(path, "{ damaged");
        Look(ring, 10);
        Assert.Equal(3, _log.Count("The keys remain unchanged"));
    }

    private static Task WriteAsync(string path, string text) =>
        File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);

    private void Look(KeyRing ring, int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            _ = ring.IsRequired;
        }
    }
}
