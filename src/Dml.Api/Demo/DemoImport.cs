using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Items;
using Dml.Api.Jobs;
using Dml.Contracts;
using Dml.Demo;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Demo;

/// <summary>
/// Fills an empty catalogue with the demo drawings, once. An interrupted import is resumed at the next start; a cancelled one
/// is not.
/// </summary>
internal sealed class DemoImport(
    IOptions<DemoOptions> options,
    IOptions<InferenceOptions> inference,
    SqliteCatalogue catalogue,
    GenerationRegistry generations,
    ItemIntake intake,
    JobBoard jobs,
    ILogger<DemoImport> log
) : BackgroundService
{
    private const string Fact = "demo-import";
    private const string Begun = "begun";
    private const string Ended = "ended";
    private const int PictureSize = 128;
    private const int WaitForTheDisk = 16;
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await generations.Opened.WaitAsync(stoppingToken);
        if (!options.Value.Import || generations.Active is null || !await IsWantedAsync(stoppingToken))
        {
            return;
        }

        var folder = options.Value.Folders.FirstOrDefault(Directory.Exists);
        if (folder is null)
        {
            log.LogWarning(
                "The catalogue starts empty: the demo drawings are not in {Folders}. To get them, install Node.js with npm and run "
                + "dotnet run --project src/Dml.Api again in the repository, or set Demo:Import=false if you do not want them.",
                string.Join(" or ", options.Value.Folders));
            return;
        }

        jobs.Start(JobKind.Import, "Importing the demo drawings", (progress, cancel) => RunAsync(folder, progress, cancel));
    }

    private async Task<bool> IsWantedAsync(CancellationToken cancel) => await catalogue.GetFactAsync(Fact, cancel) switch
    {
        Begun => true,
        Ended => false,
        _ => await catalogue.CountAsync(cancel) == 0,
    };

    private async Task<JsonObject?> RunAsync(string folder, JobProgress progress, CancellationToken cancel)
    {
        await catalogue.SetFactAsync(Fact, Begun, cancel);
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

    private async Task<bool> AddAsync(EmojiDrawing drawing, CancellationToken cancel)
    {
        var attributes = new JsonObject { ["set"] = drawing.Set }.ToJsonString();
        var picture = drawing.RenderPng(PictureSize);
        var outcome = await intake.PutAsync(drawing.Id, picture, drawing.Concept, attributes, EmbedPriority.Background, cancel);
        if (outcome.Refusal is { } refusal)
        {
            log.LogWarning("Drawing {Id} was refused: {Problem}", drawing.Id, refusal.Detail);
        }

        return outcome.Succeeded;
    }
}
