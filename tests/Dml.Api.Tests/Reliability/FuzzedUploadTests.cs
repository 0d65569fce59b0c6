using Dml.Api.Tests.Support;
using Dml.Embedding;
using Dml.Embedding.Tests.Pictures;

namespace Dml.Api.Tests.Reliability;

/// <summary>Mutated picture files over HTTP: each is taken or refused with a problem of the contract.</summary>
public sealed class FuzzedUploadTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_mutated_picture_is_taken_or_refused_and_the_catalogue_stays_whole()
    {
        var count = Amount.Of("UPLOADS", 500);
        var seed = Amount.Seed();
        byte[][] originals =
        [
            Pictures.Blocks(1), Pictures.Blocks(2, PictureFormat.Jpeg), Pictures.Blocks(3, PictureFormat.WebP),
            [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 255, 255, 255, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B],
        ];
        await using var service = await TestService.StartAsync(_folder);
        var taken = 0;
        await Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancel },
            async (number, cancel) =>
            {
                var picture = PictureMutation.Of(originals, seed, number);
                using var answer =
                    number % 3 == 0
                        ? await service.Http.PutAsync($"i{number % 50}", picture)
                        : await service.Http.PostAsync("search", new ByteArrayContent(picture), cancel);
                Assert.True(
                    (int)answer.StatusCode is 200 or 201 or 400 or 415 or 422,
                    $"number {number} of seed {seed} was answered {(int)answer.StatusCode}");
                Interlocked.Add(ref taken, answer.IsSuccessStatusCode ? 1 : 0);
            }
        );
        Amount.Say($"{taken} of {count} uploads taken, the others refused with a reason");
        Assert.InRange(taken, 1, count - 1);
        var stats = await service.Client.StatsAsync(Cancel);
        Assert.Equal((int)stats.Items, stats.Index!.Vectors);
        await foreach (var item in service.Client.ItemsAsync(cancel: Cancel))
        {
            using var thumbnail = await service.Http.GetAsync($"items/{item.Id}/thumbnail?size=32", Cancel);
            Assert.Equal(200, (int)thumbnail.StatusCode);
        }
    }
}
