using Dml.Api.Catalogue;
using Dml.Api.Jobs;
using Dml.Embedding;

namespace Dml.Api.Models;

/// <summary>Opens the active generation after the start, keeps its index snapshot fresh, saves it at the end.</summary>
internal sealed class GenerationService(
    Generations generations,
    ICatalogue catalogue,
    IndexSnapshot snapshot,
    Reembedding reembedding,
    JobBoard jobs,
    Settings settings,
    ILogger<GenerationService> log) : BackgroundService
{
    private static readonly TimeSpan SnapshotInterval = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the start-up path: the service listens, and says that it is not ready, while a large index loads.
        await Task.Yield();
        try
        {
            await OpenAsync(stoppingToken);
        }
        catch (EmbedderException exception)
        {
            log.LogError("No embedder in service: {Problem}", exception.Message);
            generations.Refuse(exception.Message);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            log.LogError(exception, "The generation could not be opened");
            generations.Refuse("The generation could not be opened; the service's log holds the cause.");
        }
        catalogue.Start(generations);
        await TidyAsync(stoppingToken);
        using var timer = new PeriodicTimer(SnapshotInterval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Save();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Save();
    }

    private async Task OpenAsync(CancellationToken cancel)
    {
        var folder = Path.Combine(settings.ModelsFolder, settings.ActiveModel);
        var embedder = Embedder.Open(folder, new EmbedderOptions
        {
            Workers = settings.Workers,
            MaxPixels = settings.MaxPixels,
            Provider = settings.Provider,
        });
        try
        {
            var rows = await catalogue.GenerationsAsync(cancel);
            var row = rows.Count > 0 && rows[^1].Fingerprint == embedder.Fingerprint
                ? rows[^1]
                : await catalogue.AddGenerationAsync(embedder.Name, embedder.Fingerprint, embedder.Dimension, cancel);
            var index = await snapshot.OpenAsync(embedder.Fingerprint, embedder.Dimension, cancel);
            var generation = new Generation(row.Number, embedder, index, row.CreatedAt);
            generations.Activate(generation, catalogue.Sequence);
            log.LogInformation(
                "Generation {Number} is active: embedder {Model}, {Dimension} dimensions, {Count} items",
                row.Number, embedder.Name, embedder.Dimension, index.Count);
        }
        catch
        {
            embedder.Dispose();
            throw;
        }
    }

    // A picture's file without an item is what a kill between file and row leaves; an item without an embedding
    // is what a new embedder finds.
    private async Task TidyAsync(CancellationToken cancel)
    {
        if (catalogue.RemoveUnusedPictures(cancel) is var removed and > 0)
        {
            log.LogInformation("Removed {Count} files that no item uses", removed);
        }
        if (generations.Active is { } generation
            && (await catalogue.UnembeddedAsync(generation.Fingerprint, 0, 1, cancel)).Count > 0)
        {
            jobs.Start(JobKind.Rollout, $"Embedding the catalogue for {generation.Model}", reembedding.RunAsync);
        }
    }

    private void Save()
    {
        if (generations.Active is not { } generation)
        {
            return;
        }
        try
        {
            snapshot.Save(generation, generations.AppliedSequence);
        }
        catch (IOException exception)
        {
            log.LogError("The index snapshot could not be saved; the next start builds the index again: {Problem}", exception.Message);
        }
    }
}
