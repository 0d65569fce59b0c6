using System.IO.Compression;
using Dml.Api.Tests.Support;
using Dml.Contracts;

namespace Dml.Api.Tests;

/// <summary>Thousands of frames of a film and a few other pictures, through the whole service: nobody hides behind the crowd.</summary>
public sealed class CrowdTests : IDisposable
{
    // With fewer items a search is a scan, which nothing can hide from.
    private const int Crowd = 5400;
    private const int Others = 100;

    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_picture_beside_thousands_of_frames_finds_itself_and_so_does_each_frame()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            await ImportAsync(service, Crowd, i => ($"frame-{i}.png", Frames.Picture(i)));
            await ImportAsync(service, Others, i => ($"other-{i}.png", Pictures.Blocks(i)));
            Assert.Equal(Crowd + Others, (await service.Client.StatsAsync(Cancel)).Index!.Vectors);
            await CheckAsync(service);
        }

        // The index is loaded from its file.
        await using var again = await TestService.StartAsync(_folder);
        await CheckAsync(again);
    }

    private static async Task CheckAsync(TestService service)
    {
        var lost = new List<string>();
        foreach (var id in Enumerable.Range(0, Others).Select(i => $"other-{i}.png")
            .Concat(Enumerable.Range(0, 40).Select(i => $"frame-{i * Crowd / 40}.png")))
        {
            var picture = await service.Http.GetByteArrayAsync($"items/{id}/image", Cancel);
            var hits = (await service.Client.SearchAsync(picture, new() { K = 1 }, Cancel)).Hits;
            // Two frames may have the same vector, and then either may be first.
            if (hits[0].Id != id && (id[0] != 'f' || hits[0].Score < 1 - 1e-6))
            {
                lost.Add($"{id} finds {hits[0].Id} ({hits[0].Score})");
            }
        }

        Assert.True(lost.Count == 0, string.Join(", ", lost));
    }

    private static async Task ImportAsync(TestService service, int count, Func<int, (string Id, byte[] Picture)> draw)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < count; i++)
            {
                var (id, picture) = draw(i);
                await using var entry = await zip.CreateEntry(id, CompressionLevel.NoCompression).OpenAsync(Cancel);
                await entry.WriteAsync(picture, Cancel);
            }
        }

        file.Position = 0;
        var job = await service.Client.WaitForJobAsync((await service.Client.ImportAsync(file, cancel: Cancel)).Id, Cancel);
        Assert.True(job.State == JobState.Succeeded, job.Message);
    }
}
