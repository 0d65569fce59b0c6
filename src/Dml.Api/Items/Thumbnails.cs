using Dml.Api.Limits;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Items;

/// <summary>Makes small pictures, no more at once than there are cores: a page of results asks for fifty together.</summary>
internal sealed class Thumbnails(IOptions<LimitOptions> limits) : IDisposable
{
    private readonly SemaphoreSlim _places = new(Environment.ProcessorCount);

    /// <exception cref="InvalidDataException">The picture was accepted once and cannot be decoded now.</exception>
    public async Task<byte[]> MakeAsync(FileStream file, int size, CancellationToken cancel)
    {
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, cancel);
        await _places.WaitAsync(cancel);
        try
        {
            return PictureDecoder.TryThumbnail(bytes, size, limits.Value.MaxPixels, out var webp, out var error)
                ? webp
                : throw new InvalidDataException($"The stored picture {file.Name} cannot be decoded: {error.Message}");
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
