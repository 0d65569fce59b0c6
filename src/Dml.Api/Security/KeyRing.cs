using System.Security.Cryptography;
using Dml.Api.Configuration;
using Dml.Api.Failures;
using Microsoft.Extensions.Options;

namespace Dml.Api.Security;

/// <summary>
/// All keys of the configuration and of the data folder. Keys created or revoked while the service runs take effect
/// within a second.
/// </summary>
internal sealed class KeyRing
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly SecurityOptions _options;
    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly KnownProblems _problems;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private volatile IReadOnlyList<(ApiKey Key, byte[] Hash)> _keys = [];
    private volatile bool _isRequired;
    private (DateTime Written, long Bytes) _seen;
    private long _lookedAt;
    private string? _reported;

    /// <exception cref="SettingsException">The key file cannot be read.</exception>
    public KeyRing(
        IOptions<SecurityOptions> options, IOptions<DataOptions> data, TimeProvider clock, KnownProblems problems, ILogger<KeyRing> log)
    {
        (_options, _folder, _clock, _problems, _log) = (options.Value, data.Value.Folder, clock, problems, log);
        _seen = Stamp();
        _lookedAt = clock.GetTimestamp();
        Take(KeyFile.Load(_folder));
    }

    /// <summary>Whether calls need a key: from the first key on, even after the last one has been revoked or the file is lost.</summary>
    public bool IsRequired
    {
        get
        {
            Refresh();
            return _isRequired;
        }
    }

    /// <summary>The key with this secret, even if it has expired; null when there is none or it was revoked.</summary>
    public ApiKey? Find(string secret)
    {
        Refresh();
        var hash = KeySecret.Hash(secret);
        ApiKey? found = null;
        // Always compares all keys in constant time, so that the duration does not reveal how close a guess was.
        foreach (var (key, known) in _keys)
        {
            found = CryptographicOperations.FixedTimeEquals(hash, known) ? key : found;
        }

        return found;
    }

    /// <summary>The key whose secret has this hash, with <see cref="Find"/>'s conditions.</summary>
    public ApiKey? FindByHash(string sha256)
    {
        Refresh();
        return _keys.FirstOrDefault(entry => entry.Key.Sha256 == sha256).Key;
    }

    private void Refresh()
    {
        var now = _clock.GetTimestamp();
        if (_clock.GetElapsedTime(Interlocked.Read(ref _lookedAt), now) < LookInterval)
        {
            return;
        }

        lock (_lock)
        {
            Interlocked.Exchange(ref _lookedAt, now);
            var stamp = Stamp();
            if (stamp == _seen && _reported is null)
            {
                return;
            }

            try
            {
                Take(KeyFile.Load(_folder));
                _seen = stamp;
                _reported = null;
                _problems.Solved(KnownProblems.Keys);
            }
            catch (SettingsException exception)
            {
                // It is read again every second, because a file that may not be read can become readable without being changed.
                if (exception.Message != _reported)
                {
                    _reported = exception.Message;
                    _log.LogError("The keys remain unchanged: {Problem}", exception.Message);
                }

                _problems.Report(
                    KnownProblems.Keys, "The key file cannot be read, so the keys that were known before apply; the log has the cause.");
            }
        }
    }

    private void Take(IReadOnlyList<ApiKey> ofFile)
    {
        IReadOnlyList<ApiKey> all = [.. _options.ConfiguredKeys, .. ofFile];
        _keys = [.. all.Where(key => key.RevokedAt is null).Select(key => (key, Convert.FromHexString(key.Sha256)))];
        _isRequired |= all.Count > 0;
    }

    private (DateTime Written, long Bytes) Stamp()
    {
        var file = new FileInfo(KeyFile.PathIn(_folder));
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }
}
