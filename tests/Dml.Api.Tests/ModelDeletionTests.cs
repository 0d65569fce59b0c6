using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;

namespace Dml.Api.Tests;

public sealed class ModelDeletionTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_embedder_goes_unless_a_generation_that_is_kept_uses_it()
    {
        _folder.AddModel("second", seed: 2);
        _folder.AddModel("third", seed: 3);
        _folder.AddModel("damaged", seed: 4);
        await File.WriteAllTextAsync(Path.Combine(_folder.Models, "damaged", "model.json"), "{", Cancel);
        await using var service = await TestService.StartAsync(_folder);
        var client = service.Client;
        await LabelledCatalogue.FillAsync(client);
        await RollOutAsync(client, "second");

        // Kept for a rollback, and active.
        foreach (var used in new[] { "tiny", "second" })
        {
            var refusal = await Assert.ThrowsAsync<DmlException>(() => client.DeleteModelAsync(used, Cancel));
            Assert.Equal("model-in-use", refusal.Code);
        }

        Assert.True(await client.DeleteModelAsync("damaged", Cancel));
        await RollOutAsync(client, "third");
        // Two generations are kept: the first one's vectors are gone, and so may its embedder.
        Assert.True(await client.DeleteModelAsync("tiny", Cancel));
        Assert.Equal(["second", "third"], (await client.ModelsAsync(Cancel)).Select(model => model.Name));
        Assert.False(await client.DeleteModelAsync("tiny", Cancel));
        Assert.False(await client.DeleteModelAsync("..", Cancel));
        Assert.Equal(
            ["second", "third"],
            Directory.EnumerateFileSystemEntries(_folder.Models).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True((await client.ActivateAsync(2, Cancel)).Active);
    }

    private static async Task RollOutAsync(DmlClient client, string model)
    {
        var job = await client.WaitForJobAsync((await client.RollOutAsync(model, Cancel)).Id, Cancel);
        Assert.True(job.State == JobState.Succeeded, job.Message);
    }
}
