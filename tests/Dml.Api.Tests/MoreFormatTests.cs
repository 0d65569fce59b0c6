using Dml.Api.Tests.Support;
using Dml.Embedding;
using NetVips;

namespace Dml.Api.Tests;

/// <summary>AVIF and TIFF on their whole way: stored, found, shown small; and refused where the setting says so.</summary>
public sealed class MoreFormatTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose()
    {
        PictureFormats.AcceptsMore = true;
        _folder.Dispose();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_avif_and_a_tiff_are_items_like_others()
    {
        await using var service = await TestService.StartAsync(_folder);
        foreach (var (id, type, picture) in Files())
        {
            await service.Client.PutItemAsync(id, picture, null, Cancel);
            var item = (await service.Client.FindItemAsync(id, Cancel))!;
            Assert.Equal((type, 48, 48), (item.ContentType, item.Width, item.Height));
            using var image = await service.Http.GetAsync($"items/{id}/image", Cancel);
            Assert.Equal((type, picture.Length), (image.Content.Headers.ContentType!.MediaType, (int)image.Content.Headers.ContentLength!));
            using var small = await service.Http.GetAsync($"items/{id}/thumbnail?size=160", Cancel);
            Assert.Equal("image/webp", small.Content.Headers.ContentType!.MediaType);
            Assert.Equal(id, (await service.Client.SearchAsync(picture, new() { K = 1 }, Cancel)).Hits.Single().Id);
        }
    }

    [Fact]
    public async Task One_setting_refuses_both_by_name()
    {
        await using var service = await TestService.StartAsync(_folder, "--Pictures:MoreFormats=false");
        foreach (var (id, _, picture) in Files())
        {
            using var answer = await service.Http.PutAsync(id, picture);
            Assert.Equal(415, (int)answer.StatusCode);
            Assert.Contains(
                $"{id.ToUpperInvariant()} is not accepted here.", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    private static (string Id, string Type, byte[] Picture)[] Files()
    {
        using var avif = Image.PngloadBuffer(Pictures.Blocks(1));
        using var tiff = Image.PngloadBuffer(Pictures.Blocks(2));
        return
        [
            ("avif", "image/avif", avif.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1)),
            ("tiff", "image/tiff", tiff.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Lzw)),
        ];
    }
}
