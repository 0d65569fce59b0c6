using System.Net;
using Dml.Api.Catalogue;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>A stored picture that the disk has lost answers as such, and the same picture sent again repairs it.</summary>
public sealed class DamagedPictureTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("garbage")]
    public async Task A_damaged_or_missing_picture_is_reported_and_repaired(string? content)
    {
        await using var service = await TestService.StartAsync(_folder);
        var picture = Pictures.Blocks(1);
        var item = await service.Client.PutItemAsync("lost", picture, cancel: Cancel);
        var path = service.Services.GetRequiredService<SqliteCatalogue>().PicturePath(item.Sha256);
        File.Delete(path);
        if (content is not null)
        {
            await File.WriteAllTextAsync(path, content, Cancel);
        }

        foreach (var route in (string[])["image", "thumbnail"])
        {
            using var answer = await service.Http.GetAsync($"/items/lost/{route}", Cancel);
            await AssertDamagedAsync(answer);
        }

        await service.Client.PutItemAsync("another", picture, cancel: Cancel);
        foreach (var id in (string[])["lost", "another"])
        {
            Assert.Equal(picture, await service.Http.GetByteArrayAsync($"/items/{id}/image", Cancel));
            Assert.NotEmpty(await service.Http.GetByteArrayAsync($"/items/{id}/thumbnail", Cancel));
        }
    }

    [Fact]
    public async Task A_thumbnail_of_a_picture_with_damage_inside_is_reported()
    {
        await using var service = await TestService.StartAsync(_folder);
        var item = await service.Client.PutItemAsync("flipped", Pictures.Blocks(1), cancel: Cancel);
        var path = service.Services.GetRequiredService<SqliteCatalogue>().PicturePath(item.Sha256);
        var bytes = await File.ReadAllBytesAsync(path, Cancel);
        bytes.AsSpan(bytes.Length / 2).Clear();
        await File.WriteAllBytesAsync(path, bytes, Cancel);

        using var answer = await service.Http.GetAsync("/items/flipped/thumbnail", Cancel);
        await AssertDamagedAsync(answer);
        // Known to be damaged now, although its file has the right length.
        using var image = await service.Http.GetAsync("/items/flipped/image", Cancel);
        await AssertDamagedAsync(image);
        await service.Client.PutItemAsync("flipped", Pictures.Blocks(1), cancel: Cancel);
        Assert.Equal(Pictures.Blocks(1), await service.Http.GetByteArrayAsync("/items/flipped/image", Cancel));
    }

    private static async Task AssertDamagedAsync(HttpResponseMessage answer) => Assert.Equal(
        (HttpStatusCode.InternalServerError, ProblemCode.DamagedPicture), (answer.StatusCode, await answer.ProblemCodeAsync()));
}
