using System.Threading.RateLimiting;
using Dml.Api.Limits;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Items;

/// <summary>
/// Makes thumbnails, at most one per core at the same time for each caller, and one more for all: a page of results requests fifty at once.
/// Callers take turns: all but the first few of one caller wait where they are in nobody else's way.
/// </summary>
internal sealed class Thumbnails(IOptions<LimitOptions> limits) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(Environment.ProcessorCount + 1);
    private readonly PartitionedRateLimiter<string> _ofCallers = PartitionedRateLimiter.Create<string, string>(name =>
        RateLimitPartition.GetConcurrencyLimiter(
            name, _ => new ConcurrencyLimiterOptions { PermitLimit = Environment.ProcessorCount, QueueLimit = int.MaxValue }));

    /// <returns>The thumbnail, or why the stored picture cannot be decoded.</returns>
    public async Task<(byte[] WebP, PictureError? Error)> MakeAsync(FileStream file, int size, string caller, CancellationToken cancel)
    {
        using var turn = await _ofCallers.AcquireAsync(caller, cancellationToken: cancel);
        // Read in turn, too: a page of large pictures would fill the memory while it waits.
        await _slots.WaitAsync(cancel);
        try
        {
            var bytes = new byte[file.Length];
            await file.ReadExactlyAsync(bytes, cancel);
            return PictureDecoder.TryThumbnail(bytes, size, limits.Value.MaxPixels, out var webp, out var error)
                ? (webp, null)
                : (webp, error);
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose()
    {
        _ofCallers.Dispose();
        _slots.Dispose();
    }
}
