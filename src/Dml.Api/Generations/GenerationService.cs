using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Files;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Dml.Api.Generations;

/// <summary>Opens the active generation after the start, and saves its index snapshot regularly and on shutdown.</summary>
internal sealed class GenerationService(
    GenerationRegistry generations,
    SqliteCatalogue catalogue,
    IndexSnapshot snapshot,
    EmbedderStore embedders,
    IOptions<DataOptions> data,
    IOptions<ModelOptions> models,
    IOptions<InferenceOptions> inference,
    ILogger<GenerationService> log) : BackgroundService
{
    private readonly DateTime _startedAt = DateTime.UtcNow;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not during startup: the service listens and reports that it is not ready while a large index loads.
        await Task.Yield();
        try
        {
            await OpenAsync(stoppingToken);
        }
        catch (EmbedderException exception)
        {
            log.LogError("No embedder is active: {Problem}", exception.Message);
            generations.Refuse(exception.Message);
        }
        catch (SqliteException exception)
        {
            var problem = DamagedCatalogue.Explain(data.Value.Folder, exception.Message);
            log.LogError("No generation is active: {Problem}", problem);
            generations.Refuse(problem);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            log.LogError(exception, "The generation could not be opened");
            generations.Refuse("The generation could not be opened; the log of the service has the cause.");
        }

        catalogue.Start(generations);
        try
        {
            CleanUp(stoppingToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException)
        {
            // Leftover files only cost space; the next start tries again.
            log.LogError("The data folder could not be cleaned up: {Problem}", exception.Message);
        }

        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(data.Value.SnapshotSeconds));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await SaveAsync();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await SaveAsync();
    }

    private async Task OpenAsync(CancellationToken cancel)
    {
        var (row, embedder) = await OpenEmbedderAsync(cancel);
        try
        {
            var (index, sequence) = await snapshot.OpenAsync(row.Fingerprint, row.Dimension, fromSnapshot: true, cancel);
            if (!await snapshot.LevelAsync(index, row.Fingerprint, sequence, cancel))
            {
                log.LogWarning("The index snapshot and the catalogue differ; rebuilding the index");
                (index, sequence) = await snapshot.OpenAsync(row.Fingerprint, row.Dimension, fromSnapshot: false, cancel);
            }

            generations.Open(new Generation(row, embedder, index, sequence));
            log.LogInformation(
                "Generation {Number} is active: embedder {Model}, {Dimension} dimensions, {Count} items",
                row.Number, row.Model, row.Dimension, index.Count);
        }
        catch
        {
            embedder.Dispose();
            throw;
        }
    }

    private async Task<(StoredGeneration Row, Embedder Embedder)> OpenEmbedderAsync(CancellationToken cancel)
    {
        var rows = await catalogue.GenerationsAsync(cancel);
        // It looks into the folder, so it is asked once.
        var first = models.Value.First;
        if (rows.FirstOrDefault(row => row.State == GenerationState.Active) is { } active)
        {
            try
            {
                return (active, embedders.Open(active, inference.Value.Workers));
            }
            catch (EmbedderException exception)
            {
                // A generation that has to embed the catalogue first is better than none.
                log.LogWarning(
                    "The embedder of generation {Number} is lost; {Model} replaces it: {Problem}",
                    active.Number, first, exception.Message);
            }
        }

        var manifest = embedders.Keep(Path.Combine(models.Value.Folder, first));
        var row = await catalogue.AddGenerationAsync(
            first, manifest.Fingerprint, manifest.Dimension, GenerationState.Active, RolloutOrder.Ordinary, cancel);
        return (row, embedders.Open(row, inference.Value.Workers));
    }

    // A process that was killed between writing a file and its row leaves a file that no item uses.
    private void CleanUp(CancellationToken cancel)
    {
        if (catalogue.RemoveUnusedPictures(cancel) is var removed and > 0)
        {
            log.LogInformation("Removed {Count} files that no item uses", removed);
        }

        TemporaryFiles.Remove(_startedAt, InData("index"), InData("jobs"), InData("embedders"), models.Value.Folder);
    }

    private string InData(string folder) => Path.Combine(data.Value.Folder, folder);

    private async Task SaveAsync()
    {
        using var active = generations.Acquire();
        using var building = generations.AcquireBuilding();
        foreach (var generation in new[] { active?.Generation, building?.Generation }.OfType<Generation>())
        {
            try
            {
                await snapshot.SaveAsync(generation, CancellationToken.None);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException)
            {
                log.LogError("The index snapshot could not be saved; the next start rebuilds the index: {Problem}", exception.Message);
            }
        }
    }
}
