using Dml.Api.Catalogue;
using Dml.Api.Gate;
using Dml.Api.Generations;
using Dml.Api.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

public sealed class IndexRecallTests : IDisposable
{
    private const int Items = 60;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_sees_what_an_index_has_lost()
    {
        await using var service = await TestService.StartAsync(_folder);
        for (var i = 0; i < Items; i++)
        {
            using var put = await service.Http.PutAsync($"i{i}", Pictures.Blocks(i));
        }

        var check = new IndexRecall(service.Services.GetRequiredService<SqliteCatalogue>(), TimeProvider.System);
        var generation = service.Services.GetRequiredService<GenerationRegistry>().Active!;
        var whole = await check.MeasureAsync(generation, 100, TestContext.Current.CancellationToken);
        Assert.Equal(1.0, whole!.Recall);
        Assert.Equal(Items, whole.Queries);

        // Keys begin at 1. With a third left, the true ten nearest of the catalogue are there a third of the time.
        for (var key = 1; key <= Items; key++)
        {
            Assert.Equal(key % 3 != 0, key % 3 != 0 && generation.Index.Remove(key));
        }

        var maimed = await check.MeasureAsync(generation, 100, TestContext.Current.CancellationToken);
        Assert.InRange(maimed!.Recall, 0.2, 0.45);
    }

    [Fact]
    public async Task There_is_no_figure_without_items()
    {
        await using var service = await TestService.StartAsync(_folder);
        var check = new IndexRecall(service.Services.GetRequiredService<SqliteCatalogue>(), TimeProvider.System);
        var generation = service.Services.GetRequiredService<GenerationRegistry>().Active!;
        Assert.Null(await check.MeasureAsync(generation, 100, TestContext.Current.CancellationToken));
    }
}
