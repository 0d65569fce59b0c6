using System.Security.Cryptography;
using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Contracts;
using Dml.Files;
using Microsoft.Extensions.Options;

namespace Dml.Api.Items;

/// <summary>
/// Compares every stored picture with its SHA-256, slowly, so that a failing disk is known before somebody misses a picture and while
/// there is a backup that holds it.
/// </summary>
internal sealed class Scrubber(
    SqliteCatalogue catalogue, DamagedPictures damaged, IOptions<DataOptions> data, TimeProvider clock, ILogger<Scrubber> log)
    : BackgroundService
{
    private const int Page = 1000;

    // One pass a day is enough for small catalogues. Those that are known to be damaged are looked at again sooner: they may be repaired.
    private static readonly TimeSpan PassInterval = TimeSpan.FromDays(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    private long _checked;
    // Ticks in UTC, 0 before the first pass has ended.
    private long _completedAt;

    /// <summary>How far it is.</summary>
    public PictureStats Figures => new(
        Interlocked.Read(ref _checked), damaged.Known.Count,
        Interlocked.Read(ref _completedAt) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (data.Value.ScrubBytesPerSecond == 0)
        {
            return;
        }

        try
        {
            await LowPriorityThread.RunAsync("scrubber", () => Run(stoppingToken));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private bool Run(CancellationToken cancel)
    {
        while (true)
        {
            var begin = TimeProvider.System.GetTimestamp();
            Try(() => CheckAll(cancel));
            while (TimeProvider.System.GetElapsedTime(begin) < PassInterval)
            {
                Wait(LookAgain, cancel);
                Try(() =>
                {
                    foreach (var sha256 in damaged.Known)
                    {
                        Check(sha256, cancel);
                    }
                });
            }
        }
    }

    private void Try(Action check)
    {
        try
        {
            check();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Of the catalogue: it answers requests with its own problem, and may be repaired.
            log.LogError("The stored pictures cannot be checked: {Problem}", exception.Message);
        }
    }

    // From a random place, and round: a service that is restarted every night comes to each of them as often.
    private void CheckAll(CancellationToken cancel)
    {
        Interlocked.Exchange(ref _checked, 0);
        var start = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        CheckBetween(start, null, cancel);
        CheckBetween("", start, cancel);
        Interlocked.Exchange(ref _completedAt, clock.GetUtcNow().UtcTicks);
        log.LogInformation(
            "Checked {Count} stored pictures; {Damaged} are damaged or missing", Interlocked.Read(ref _checked), damaged.Known.Count);
    }

    private void CheckBetween(string after, string? last, CancellationToken cancel)
    {
        while (catalogue.PicturesAfter(after, Page) is [.., var end] page)
        {
            foreach (var sha256 in page)
            {
                if (last is not null && string.CompareOrdinal(sha256, last) > 0)
                {
                    return;
                }

                Check(sha256, cancel);
                Interlocked.Increment(ref _checked);
            }

            after = end;
        }
    }

    private void Check(string sha256, CancellationToken cancel) => damaged.Check(
        sha256, part => Wait(TimeSpan.FromSeconds((double)part.Length / data.Value.ScrubBytesPerSecond), cancel));

    private static void Wait(TimeSpan time, CancellationToken cancel)
    {
        cancel.WaitHandle.WaitOne(time);
        cancel.ThrowIfCancellationRequested();
    }
}
