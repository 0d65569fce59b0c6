using Dml.Api.Tests.Support;
using Dml.Index;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

public sealed class RestartTests : IDisposable
{
    private const int Items = 30;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        string[] before;
        await using (var service = await TestService.StartAsync(_folder))
        {
            await FillAsync(service.Http);
            using var deleted = await service.Http.DeleteAsync("items/i07", TestContext.Current.CancellationToken);
            before = (await service.Http.SearchAsync(Pictures.Blocks(500), "?k=100")).Ids();
        }

        await using var again = await TestService.StartAsync(_folder);
        Assert.Equal(before, (await again.Http.SearchAsync(Pictures.Blocks(500), "?k=100")).Ids());
        Assert.Equal(Items - 1, before.Length);
        Assert.Equal(1, (int)(await again.Http.GetObjectAsync("stats"))["generation"]!);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("flipped")]
    [InlineData("cut")]
    [InlineData("other")]
    [InlineData("old")]
    public async Task An_index_snapshot_is_only_a_cache(string fault)
    {
        string[] before;
        byte[] old;
        await using (var service = await TestService.StartAsync(_folder))
        {
            await FillAsync(service.Http);
        }

        old = await File.ReadAllBytesAsync(Snapshot(), TestContext.Current.CancellationToken);
        await using (var service = await TestService.StartAsync(_folder))
        {
            using var deleted = await service.Http.DeleteAsync("items/i03", TestContext.Current.CancellationToken);
            using var replaced = await service.Http.PutAsync("i04", Pictures.Blocks(400));
            using var added = await service.Http.PutAsync("new", Pictures.Blocks(401));
            before = (await service.Http.SearchAsync(Pictures.Blocks(500), "?k=100")).Ids();
        }

        Break(fault, old);
        await using var again = await TestService.StartAsync(_folder);

        Assert.Equal(before, (await again.Http.SearchAsync(Pictures.Blocks(500), "?k=100")).Ids());
        Assert.Equal("i04", (await again.Http.SearchAsync(Pictures.Blocks(400), "?k=1")).Ids().Single());
        Assert.Equal(Items, (int)(await again.Http.GetObjectAsync("stats"))["index"]!["vectors"]!);
    }

    [Fact]
    public async Task The_configured_embedder_is_for_the_first_generation_only()
    {
        TinyEmbedder.Write(Path.Combine(_folder.Models, "second"), "second", seed: 2, dimension: 48);
        await using (var service = await TestService.StartAsync(_folder))
        {
            await FillAsync(service.Http);
        }
        // What is done to the models folder does not touch what serves.
        Directory.Delete(Path.Combine(_folder.Models, "tiny"), recursive: true);
        await using var again = await TestService.StartAsync(_folder, "--Models:Active=second");
        var found = await again.Client.SearchAsync(Pictures.Blocks(5), new() { K = 1 }, TestContext.Current.CancellationToken);
        Assert.Equal((1, "tiny", "i05"), (found.Generation, found.Model, found.Hits[0].Id));
    }

    [Fact]
    public async Task A_lost_embedder_is_replaced_by_a_generation_that_fills_up()
    {
        TinyEmbedder.Write(Path.Combine(_folder.Models, "second"), "second", seed: 2, dimension: 48);
        await using (var service = await TestService.StartAsync(_folder))
        {
            await FillAsync(service.Http);
        }

        LoseEmbedder();
        await using var again = await TestService.StartAsync(_folder, "--Models:Active=second");
        await WaitForVectorsAsync(again.Http, Items);
        Assert.Equal("i05", (await again.Http.SearchAsync(Pictures.Blocks(5), "?k=1")).Ids().Single());
        var generations = await again.Client.GenerationsAsync(TestContext.Current.CancellationToken);
        Assert.Equal([("second", true), ("tiny", false)], generations.Select(row => (row.Model, row.Active)));
        var models = await again.Client.ModelsAsync(TestContext.Current.CancellationToken);
        Assert.Equal([("second", true)], models.Select(model => (model.Name, model.Active)));
    }

    [Fact]
    public async Task Without_an_embedder_the_service_says_so_and_keeps_the_catalogue()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            await FillAsync(service.Http);
        }

        LoseEmbedder();
        await using (var service = await TestService.StartAsync(_folder))
        {
            using var ready = await service.Http.GetAsync("healthz/ready", TestContext.Current.CancellationToken);
            Assert.Equal(503, (int)ready.StatusCode);
            Assert.Equal("no-generation", await ready.ProblemCodeAsync());
            using var live = await service.Http.GetAsync("healthz/live", TestContext.Current.CancellationToken);
            Assert.Equal(200, (int)live.StatusCode);
            using var put = await service.Http.PutAsync("x", Pictures.Blocks(1));
            Assert.Equal("no-generation", await put.ProblemCodeAsync());
            using var similar = await service.Http.GetAsync("items/i01/similar", TestContext.Current.CancellationToken);
            Assert.Equal("no-generation", await similar.ProblemCodeAsync());
            using var deleted = await service.Http.DeleteAsync("items/i01", TestContext.Current.CancellationToken);
            Assert.Equal(204, (int)deleted.StatusCode);
            Assert.Equal(Items - 1, (int)(await service.Http.GetObjectAsync("stats"))["items"]!);
        }

        TinyEmbedder.Write(Path.Combine(_folder.Models, "tiny"), "tiny");
        await using var again = await TestService.StartAsync(_folder);
        Assert.DoesNotContain("i01", (await again.Http.SearchAsync(Pictures.Blocks(1), "?k=100")).Ids());
    }

    [Fact]
    public async Task Leftovers_of_a_kill_are_swept_away_and_nothing_else()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            using var put = await service.Http.PutAsync("kept", Pictures.Blocks(1));
        }

        var orphan = Path.Combine(_folder.Data, "blobs", "ab", "ab" + new string('0', 62));
        var temporary = orphan + ".tmp";
        await File.WriteAllTextAsync(orphan, "x", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(temporary, "x", TestContext.Current.CancellationToken);
        await using var again = await TestService.StartAsync(_folder);
        await Eventually.BeAsync(
            () => !File.Exists(orphan) && !File.Exists(temporary), "the leftovers are gone", TestContext.Current.CancellationToken);
        Assert.Equal(Pictures.Blocks(1), await again.Http.GetByteArrayAsync("items/kept/image", TestContext.Current.CancellationToken));
    }

    private void LoseEmbedder()
    {
        Directory.Delete(Path.Combine(_folder.Models, "tiny"), recursive: true);
        Directory.Delete(Path.Combine(_folder.Data, "embedders"), recursive: true);
    }

    private static async Task FillAsync(HttpClient http)
    {
        for (var i = 0; i < Items; i++)
        {
            using var answer = await http.PutAsync($"i{i:d2}", Pictures.Blocks(i));
            Assert.Equal(201, (int)answer.StatusCode);
        }
    }

    private static async Task WaitForVectorsAsync(HttpClient http, int count)
    {
        await Eventually.SeeAsync(
            async () => (int)(await http.GetObjectAsync("stats"))["index"]!["vectors"]!, vectors => vectors == count, $"{count} vectors",
            TestContext.Current.CancellationToken);
    }

    private string Snapshot() => Directory.EnumerateFiles(Path.Combine(_folder.Data, "index")).Single();

    private void Break(string fault, byte[] old)
    {
        var path = Snapshot();
        var bytes = File.ReadAllBytes(path);
        switch (fault)
        {
            case "missing":
                File.Delete(path);
                break;
            case "flipped":
                bytes[bytes.Length / 2] ^= 1;
                File.WriteAllBytes(path, bytes);
                break;
            case "cut":
                File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
                break;
            case "old":
                File.WriteAllBytes(path, old);
                break;
            default:
                var other = new HnswIndex(TinyEmbedder.Dimension, Metric.InnerProduct, new HnswOptions());
                other.Upsert(1, [1, .. new float[TinyEmbedder.Dimension - 1]]);
                other.Save(path, tag: 1_000_000);
                break;
        }
    }
}
