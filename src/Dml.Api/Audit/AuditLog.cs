using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Dml.Api.Configuration;
using Microsoft.Extensions.Options;

namespace Dml.Api.Audit;

/// <summary>
/// Records who changed what, and who was refused, as JSON lines in the data folder. Writing happens beside the requests: none of them waits
/// for the disk.
/// </summary>
internal sealed class AuditLog : BackgroundService
{
    private const int WaitingEntries = 10_000;
    private const int EntriesAtOnce = 500;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Names in any script stay readable; quotes, backslashes and control characters are escaped all the same.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Channel<AuditEntry> _waiting = Channel.CreateBounded<AuditEntry>(
        new BoundedChannelOptions(WaitingEntries) { SingleReader = true });

    private readonly RefusalPace _pace = new();
    private readonly AuditFile? _file;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private long _lost;

    public AuditLog(IOptions<DataOptions> data, IOptions<AuditOptions> options, TimeProvider clock, ILogger<AuditLog> log)
    {
        (_clock, _log) = (clock, log);
        _file = options.Value.Files == 0 ? null : new AuditFile(data.Value.Folder, options.Value.MaxBytes, options.Value.Files);
    }

    /// <summary>Records an entry soon. When the disk has not kept up with thousands of them, it is counted as lost instead.</summary>
    public void Write(AuditEntry entry)
    {
        if (_file is not null && !_waiting.Writer.TryWrite(entry with { At = _clock.GetUtcNow() }))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    /// <summary>Records that a caller was refused, or counts it if there have been many of this address or of all.</summary>
    public void WriteRefusal(AuditEntry entry)
    {
        if (_pace.TryTake(entry.Address ?? ""))
        {
            Write(entry);
        }
    }

    /// <summary>Records an entry before it returns, for commands.</summary>
    public void WriteAtOnce(AuditEntry entry) =>
        Append([entry with { At = _clock.GetUtcNow(), User = Environment.UserName }]);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        CountSuppressed();
        _waiting.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var minutes = _clock.CreateTimer(_ => CountSuppressed(), null, Minute, Minute);
        var entries = new List<AuditEntry>();
        // Not until the token: what waits at the end is written too.
        while (await _waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            entries.Clear();
            while (entries.Count < EntriesAtOnce && _waiting.Reader.TryRead(out var entry))
            {
                entries.Add(entry);
            }

            Append(entries);
        }
    }

    private void CountSuppressed()
    {
        if (_pace.Next() is > 0 and var suppressed)
        {
            Write(new AuditEntry(AuditEntry.Call, AuditOutcome.Refused) { Suppressed = suppressed });
        }
    }

    private void Append(List<AuditEntry> entries)
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            _file.Append([.. entries.Select(entry => JsonSerializer.SerializeToUtf8Bytes(entry, Json))]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref _lost, entries.Count);
            _log.LogError("The audit log cannot be written: {Problem}", exception.Message);
        }

        if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost)
        {
            _log.LogError("{Count} entries of the audit log were lost", lost);
        }
    }
}
