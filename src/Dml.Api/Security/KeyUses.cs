using System.Collections.Concurrent;
using System.Text.Json;
using Dml.Api.Configuration;
using Dml.Files;
using Microsoft.Extensions.Options;

namespace Dml.Api.Security;

/// <summary>
/// When each key was last used: <c>key-uses.json</c> in the data folder, written once a minute at most and when the service stops. A kill
/// loses the last minute.
/// </summary>
internal sealed class KeyUses : BackgroundService
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _uses;
    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private volatile bool _isChanged;

    public KeyUses(IOptions<DataOptions> data, TimeProvider clock, ILogger<KeyUses> log)
    {
        (_folder, _clock, _log) = (data.Value.Folder, clock, log);
        _uses = new ConcurrentDictionary<string, DateTimeOffset>(Load(_folder));
    }

    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, "key-uses.json");

    /// <summary>The last use of each key, by the hash of its secret. Nothing of a file that is missing or damaged.</summary>
    public static IReadOnlyDictionary<string, DateTimeOffset> Load(string dataFolder)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, DateTimeOffset>>(SmallFile.ReadBytes(PathIn(dataFolder))) ?? [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return new Dictionary<string, DateTimeOffset>();
        }
    }

    public void Used(ApiKey key)
    {
        var now = _clock.GetUtcNow();
        // Not at every request: what is written is a minute old anyway.
        if (!_uses.TryGetValue(key.Sha256, out var last) || (now - last).Duration() >= TimeSpan.FromSeconds(1))
        {
            _uses[key.Sha256] = now;
            _isChanged = true;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Save();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Minute, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Save();
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private void Save()
    {
        if (!_isChanged)
        {
            return;
        }

        _isChanged = false;
        try
        {
            AtomicFile.Write(PathIn(_folder), JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, DateTimeOffset>(_uses)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _isChanged = true;
            _log.LogWarning("The last uses of the keys cannot be written: {Problem}", exception.Message);
        }
    }
}
