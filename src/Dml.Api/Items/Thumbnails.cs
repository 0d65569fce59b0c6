using Dml.Api.Limits;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Items;

/// <summary>Makes thumbnails, at most one per core at the same time: a page of results requests fifty at once.</summary>
internal sealed class Thumbnails(IOptions<LimitOptions> limits) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(Environment.ProcessorCount);

    /// <exception cref="InvalidDataException">The stored picture cannot be decoded.</exception>
    public async Task<byte[]> MakeAsync(FileStream file, int size, CancellationToken cancel)
    {
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, cancel);
        await _slots.WaitAsync(cancel);
        try
        {
            return PictureDecoder.TryThumbnail(bytes, size, limits.Value.MaxPixels, out var webp, out var error)
                ? webp
                : throw new InvalidDataException($"The stored picture {file.Name} cannot be decoded: {error.Message}");
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();
}
