using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Items;
using Dml.Api.Jobs;
using Dml.Api.Limits;
using Dml.Api.Rollouts;
using Dml.Contracts;
using Dml.Demo;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Demo;

/// <summary>
/// Fills an empty catalogue with the demo drawings, once, when it is told to. An interrupted import is resumed at the next start; a
/// cancelled one is not.
/// </summary>
internal sealed class DemoImport(
    IOptions<DemoOptions> options,
    IOptions<InferenceOptions> inference,
    IOptions<ModelOptions> models,
    RolloutStarter rollouts,
    SqliteCatalogue catalogue,
    GenerationRegistry generations,
    ItemIntake intake,
    JobBoard jobs,
    ILogger<DemoImport> log
) : BackgroundService
{
    private const string Embedder = "emoji";
    private const string Fact = "demo-import";
    private const string Begun = "begun";
    private const string Ended = "ended";
    private const int PictureSize = 128;
    private const int WaitForTheDisk = 16;
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private bool _started;

    /// <summary>Whether the drawings are there, and what became of them in this catalogue.</summary>
    public async Task<DemoResponse> ReadAsync(CancellationToken cancel)
    {
        var state = await catalogue.GetFactAsync(Fact, cancel) switch
        {
            Begun => DemoState.Importing,
            Ended => DemoState.Imported,
            _ => await catalogue.CountAsync(cancel) == 0 ? DemoState.Offered : DemoState.None,
        };
        return new DemoResponse(state, !IsOff && Folder is not null);
    }

    /// <summary>Begins to fill the empty catalogue with the drawings.</summary>
    /// <returns>The job, or why there is none.</returns>
    public async Task<Result<Job>> BeginAsync(CancellationToken cancel)
    {
        // Before that there is no embedder, and every drawing would be refused.
        await generations.Opened.WaitAsync(cancel);
        return await InTurnAsync(() => BeginInTurnAsync(cancel), cancel);
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    // Two callers who find the catalogue empty, or a caller and the start of the service, must not both fill it.
    private async Task<T> InTurnAsync<T>(Func<Task<T>> action, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            return await action();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<Result<Job>> BeginInTurnAsync(CancellationToken cancel)
    {
        if ((await ReadAsync(cancel)).State is not DemoState.Offered and var state)
        {
            return new Refusal(
                ProblemCode.NotEmpty,
                state == DemoState.None
                    ? "The catalogue has pictures. The demo fills an empty one: start the service with another Data:Folder."
                    : "The demo has been imported into this catalogue, or is being imported.");
        }

        return IsOff ? new Refusal(ProblemCode.NoDemo, "The demo is switched off (Demo:Import=false).")
            : Folder is { } folder ? await StartAsync(folder, cancel)
            : new Refusal(ProblemCode.NoDemo, Missing);
    }

    private bool IsOff => options.Value.Import == false;

    private string? Folder => options.Value.Folders.FirstOrDefault(Directory.Exists);

    private string Missing =>
        $"The demo drawings are not in {string.Join(" or ", options.Value.Folders)}. To get them, install Node.js with npm and run "
        + "dotnet run --project src/Dml.Api again in the repository.";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await generations.Opened.WaitAsync(stoppingToken);
        try
        {
            await InTurnAsync(() => ContinueInTurnAsync(stoppingToken), stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The service answers without it.
            log.LogError(exception, "The demo import could not be started; the next start tries again");
        }
    }

    // At the start of the service: an interrupted import, or one that the settings order.
    private async Task<Job?> ContinueInTurnAsync(CancellationToken cancel)
    {
        var state = (await ReadAsync(cancel)).State;
        if (IsOff || _started || generations.Active is null
            || !(state == DemoState.Importing || (state == DemoState.Offered && options.Value.Import == true)))
        {
            return null;
        }

        if (Folder is not { } folder)
        {
            log.LogWarning("The catalogue starts empty: {Problem} Set Demo:Import=false if you do not want them.", Missing);
            return null;
        }

        return await StartAsync(folder, cancel);
    }

    // From here on it is resumed at the next start.
    private async Task<Job> StartAsync(string folder, CancellationToken cancel)
    {
        await catalogue.SetFactAsync(Fact, Begun, cancel);
        _started = true;
        return jobs.Start(JobKind.Import, "Importing the demo drawings", (progress, stop) => RunAsync(folder, progress, stop));
    }

    private async Task<JsonObject?> RunAsync(string folder, JobProgress progress, CancellationToken cancel)
    {
        await UseDrawingsEmbedderAsync(cancel);
        var drawings = EmojiDrawings.Open(folder).Drawings.ToArray();
        // Shuffled, so that early searches find something of every kind; always in the same order.
        new Random(1).Shuffle(drawings);
        long done = 0, added = 0, refused = 0;
        using var ticker = new Timer(
            _ => log.LogInformation("Demo import: {Done} of {Total} drawings", Interlocked.Read(ref done), drawings.Length),
            null, LogInterval, LogInterval);
        try
        {
            await Parallel.ForEachAsync(
                drawings,
                // Some are embedded while others wait for the disk. Searches take precedence over all of them.
                new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = inference.Value.Workers + WaitForTheDisk },
                async (drawing, token) =>
                {
                    if (await catalogue.FindAsync(drawing.Id, token) is null)
                    {
                        var stored = await AddAsync(drawing, token);
                        Interlocked.Increment(ref stored ? ref added : ref refused);
                    }

                    progress.Report(Interlocked.Increment(ref done), drawings.Length);
                });
        }
        catch (OperationCanceledException) when (progress.CancelRequested)
        {
            await catalogue.SetFactAsync(Fact, Ended, CancellationToken.None);
            throw;
        }

        await catalogue.SetFactAsync(Fact, Ended, cancel);
        log.LogInformation("Demo import completed: {Added} drawings added, {Refused} refused", added, refused);
        return new JsonObject { ["added"] = added, ["present"] = done - added - refused, ["refused"] = refused };
    }

    // Nothing has to be embedded again yet, so that this takes moments.
    private async Task UseDrawingsEmbedderAsync(CancellationToken cancel)
    {
        if (!models.Value.IsAuto || generations.Active?.Model == Embedder || await catalogue.CountAsync(cancel) > 0)
        {
            return;
        }

        var started = await rollouts.StartAsync(Embedder, RolloutOrder.Ordinary, cancel);
        var problem = started.Succeeded
            ? await jobs.WaitAsync(started.Value.Id, Timeout.InfiniteTimeSpan, cancel) is { State: not JobState.Succeeded } ended
                ? ended.Message
                : null
            : started.Refusal.Detail;
        if (problem is not null)
        {
            log.LogWarning(
                "The demo uses the embedder {Model}, because {Wanted} cannot be used: {Problem}", generations.Active?.Model, Embedder,
                problem);
        }
    }

    private async Task<bool> AddAsync(EmojiDrawing drawing, CancellationToken cancel)
    {
        var attributes = new JsonObject { ["set"] = drawing.Set }.ToJsonString();
        var picture = drawing.RenderPng(PictureSize);
        var outcome = await intake.PutAsync(
            drawing.Id, picture, drawing.Concept, attributes, EmbedPriority.Background, Account.Own, cancel);
        if (outcome.Refusal is { } refusal)
        {
            log.LogWarning("Drawing {Id} was refused: {Problem}", drawing.Id, refusal.Detail);
        }

        return outcome.Succeeded;
    }
}
