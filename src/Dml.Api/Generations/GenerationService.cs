using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Files;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Dml.Api.Generations;

/// <summary>
/// Opens the active generation after the start, saves its index snapshot regularly and on shutdown, and brings an index level that could
/// not apply a change.
/// </summary>
internal sealed class GenerationService(
    GenerationRegistry generations,
    SqliteCatalogue catalogue,
    IndexSnapshot snapshot,
    EmbedderStore embedders,
    IOptions<DataOptions> data,
    IOptions<ModelOptions> models,
    IOptions<InferenceOptions> inference,
    KnownProblems problems,
    TimeProvider clock,
    ILogger<GenerationService> log) : BackgroundService
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(1);

    private readonly DateTime _startedAt = clock.GetUtcNow().UtcDateTime;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not during startup: the service listens and reports that it is not ready while a large index loads.
        await Task.Yield();
        var filters = OpenFiltersAsync(stoppingToken);
        try
        {
            await OpenAsync(filters, stoppingToken);
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

        await filters;
        catalogue.Start(generations);
        // Before anything else: an index that has just been built would have to be built again after a kill.
        await SaveAsync(IndexSnapshot.WhileRunning);
        try
        {
            CleanUp(stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Leftover files only cost space; the next start tries again.
            log.LogError(exception, "The data folder could not be cleaned up");
        }

        await Task.WhenAll(SaveRegularlyAsync(stoppingToken), StayLevelAsync(stoppingToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await SaveAsync(IndexSnapshot.AtRest);
    }

    private async Task SaveRegularlyAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(data.Value.SnapshotSeconds), clock);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            await SaveAsync(IndexSnapshot.WhileRunning);
            await CompactAsync(cancel);
        }
    }

    // Until it succeeds: an index that lacks items is no reason to stop answering for the others.
    private async Task StayLevelAsync(CancellationToken cancel)
    {
        var pause = FirstRetry;
        while (true)
        {
            if (await TryLevelAsync(await generations.BehindAsync(cancel), cancel))
            {
                problems.Solved(KnownProblems.Index);
                pause = FirstRetry;
            }
            else
            {
                await Task.Delay(pause, clock, cancel);
                pause = pause * 2 < LastRetry ? pause * 2 : LastRetry;
                generations.StillBehind();
            }
        }
    }

    private async Task<bool> TryLevelAsync(IReadOnlyList<GenerationLease> behind, CancellationToken cancel)
    {
        try
        {
            foreach (var generation in behind.Select(lease => lease.Generation))
            {
                await snapshot.BringLevelAsync(generation, cancel);
                log.LogInformation(
                    "The index of generation {Number} is level with the catalogue again, at change {Sequence}", generation.Number,
                    generation.AppliedSequence);
            }

            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            log.LogError(exception, "An index could not be brought level with the catalogue; it will be tried again");
            return false;
        }
        finally
        {
            foreach (var lease in behind)
            {
                lease.Dispose();
            }
        }
    }

    // A filter that finds nothing in memory reads it again, and says why it cannot.
    private async Task OpenFiltersAsync(CancellationToken cancel)
    {
        try
        {
            await Task.Run(() => catalogue.OpenFilters(cancel), cancel);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            log.LogError(exception, "Labels and attributes could not be read into memory; the next search with a filter tries again");
        }
    }

    private async Task OpenAsync(Task filters, CancellationToken cancel)
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

            await filters;
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
        var rows = await catalogue.Generations.AllAsync(cancel);
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
        var row = await catalogue.Generations.AddAsync(
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

    private async Task CompactAsync(CancellationToken cancel)
    {
        using var active = generations.Acquire();
        if (active is null)
        {
            return;
        }

        try
        {
            await snapshot.CompactAsync(active.Generation, cancel);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The index is as good as before, only larger.
            log.LogError(exception, "The index could not be compacted; it will be tried again");
        }
    }

    private async Task SaveAsync(int oneIn)
    {
        using var active = generations.Acquire();
        using var building = generations.AcquireBuilding();
        var isSaved = true;
        foreach (var generation in new[] { active?.Generation, building?.Generation }.OfType<Generation>())
        {
            try
            {
                await snapshot.SaveAsync(generation, oneIn, CancellationToken.None);
            }
            catch (Exception exception)
            {
                // The disk is full, or memory ran out: no reason to end the service.
                log.LogError(exception, "The index snapshot could not be saved; the next start replays what it lacks");
                problems.Report(KnownProblems.Snapshot, "The index snapshot could not be saved; the log has the cause.");
                isSaved = false;
            }
        }

        if (isSaved)
        {
            problems.Solved(KnownProblems.Snapshot);
        }
    }
}
