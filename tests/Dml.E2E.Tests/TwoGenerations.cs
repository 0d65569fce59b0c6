using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;

namespace Dml.E2E.Tests;

/// <summary>A service whose catalogue was embedded by two embedders: the second is active, the first is kept.</summary>
internal sealed class TwoGenerations : IAsyncDisposable
{
    /// <summary>The repository's embedder with less contrast: other vectors, somewhat worse.</summary>
    public const string Second = "emoji-soft";

    private readonly string _models;
    private TemporaryService? _service;

    private TwoGenerations(string models) => _models = models;

    public TemporaryService Service => _service!;

    public static async Task<TwoGenerations> StartAsync(CancellationToken cancel)
    {
        var fixture = new TwoGenerations(Directory.CreateTempSubdirectory("dml-models-").FullName);
        try
        {
            await fixture.FillAsync(cancel);
            return fixture;
        }
        catch
        {
            await fixture.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        Directory.Delete(_models, recursive: true);
    }

    private async Task FillAsync(CancellationToken cancel)
    {
        EmbedderCopy.Write(Path.Combine(_models, "emoji"));
        EmbedderCopy.Write(Path.Combine(_models, Second), manifest => manifest with
        {
            Name = Second,
            Preprocessing = manifest.Preprocessing with { Mean = [0.4f, 0.4f, 0.4f], Std = [1.1f, 1.1f, 1.1f] },
        });
        _service = await TemporaryService.StartAsync(
            ["--Demo:Import=false", $"--Models:Folder={_models}", "--Gate:Margin=0.4", "--Gate:HeldOut=1"], cancel);
        await DemoCatalogue.FillAsync(Service.Http, cancel);
        var client = new DmlClient(Service.Http);
        var job = await client.RollOutAsync(Second, cancel);
        var ended = await client.WaitForJobAsync(job.Id, cancel);
        Assert.True(ended.State == JobState.Succeeded, ended.Message);
    }
}
