using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Jobs;
using Dml.Contracts;
using Dml.Files;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Dml.Api.Retrains;

/// <summary>
/// Trains a new embedder on the catalogue, step by step: snapshot, training, registration, rollout through the gate, report.
/// The state is saved after each step and every step can be repeated, so a crash costs at most the current step.
/// </summary>
internal sealed class Retrain(
    SqliteCatalogue catalogue,
    CatalogueSnapshot snapshot,
    TrainingProcess training,
    CandidateRollout rollout,
    RetrainFiles files,
    IOptions<ModelOptions> models,
    PathNames names,
    KnownProblems problems,
    TimeProvider clock,
    ILogger<Retrain> log)
{
    private const int MostAttempts = 4;

    // The answers that changed, with some pictures of each, are most of it.
    private const int MostOutcomeBytes = 64 << 20;

    // Progress at the end of a step, in thousandths.
    private const long AfterSnapshot = 20;
    private const long AfterTraining = 700;
    private const long Whole = 1000;

    /// <summary>Runs the steps from the current one to the end. When the service stops, the state is unchanged.</summary>
    /// <exception cref="JobFailedException">A step failed; the state says so too.</exception>
    public async Task<JsonObject?> RunAsync(RetrainState state, JobProgress progress, CancellationToken cancel)
    {
        try
        {
            state = await EndAsync(await StepsAsync(state, progress, cancel));
        }
        // Whatever it is, and also where the state could not be written, on a full disk for example.
        catch (Exception exception) when (exception is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            Note(RetrainOutcome.Failed);
            throw;
        }

        Note(state.Outcome);
        progress.Report(Whole, Whole);
        progress.Say($"{state.Outcome}: {state.Message}");
        return new JsonObject
        {
            ["retrain"] = state.Id,
            ["outcome"] = JsonNamingPolicy.CamelCase.ConvertName($"{state.Outcome}"),
            ["reason"] = state.Message,
            ["generation"] = state.Generation,
            ["report"] = $"/retrains/{state.Id}/report",
        };
    }

    /// <summary>
    /// Lists a retrain that failed among the known problems, until another one succeeds: one that was refused or skipped has done its work,
    /// and one that was cancelled says nothing.
    /// </summary>
    public void Note(RetrainOutcome? outcome)
    {
        if (outcome == RetrainOutcome.Failed)
        {
            problems.Report(KnownProblems.Night, "The last retrain failed; its report and the log have the cause.");
        }
        else if (outcome is RetrainOutcome.Activated or RetrainOutcome.Refused or RetrainOutcome.Skipped)
        {
            problems.Solved(KnownProblems.Night);
        }
    }

    private async Task<RetrainState> StepsAsync(RetrainState state, JobProgress progress, CancellationToken cancel)
    {
        state = Save(state with { JobId = progress.JobId, Attempts = state.Attempts + 1 });
        try
        {
            if (state.Attempts > MostAttempts && state.Step < RetrainStep.Report)
            {
                throw new JobFailedException($"Gave up: the service stopped {MostAttempts} times during the step {state.Step}.");
            }

            while (state.Step < RetrainStep.Report)
            {
                progress.Say($"Retrain {state.Id}: {state.Step}");
                state = Save(await NextAsync(state, progress, cancel) with { Attempts = 1 });
            }
        }
        catch (OperationCanceledException) when (!progress.CancelRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            await EndAsync(Save(state.With(RetrainOutcome.Cancelled, "Cancelled.")));
            throw;
        }
        catch (Exception exception)
        {
            await EndAsync(Save(state.With(RetrainOutcome.Failed, exception.Message)));
            throw;
        }

        return state;
    }

    private Task<RetrainState> NextAsync(RetrainState state, JobProgress progress, CancellationToken cancel) => state.Step switch
    {
        RetrainStep.Snapshot => TakeSnapshotAsync(state, progress, cancel),
        RetrainStep.Training => TrainAsync(state, progress, cancel),
        RetrainStep.Registration => Task.FromResult(Register(state)),
        RetrainStep.Rollout => RollOutAsync(state, progress, cancel),
        _ => throw new InvalidOperationException($"The step {state.Step} has no work."),
    };

    private async Task<RetrainState> TakeSnapshotAsync(RetrainState state, JobProgress progress, CancellationToken cancel)
    {
        var active = (await catalogue.Generations.AllAsync(cancel)).FirstOrDefault(row => row.State == GenerationState.Active)
            ?? throw new JobFailedException("No generation is active, so there is no embedder to train. Roll one out: POST /models.");
        var (counts, digest, tooLittle) = await snapshot.TakeAsync(files.SnapshotFolder(state.Id), active, state.Model, cancel);
        progress.Report(AfterSnapshot, Whole);
        state = state with { FromGeneration = active.Number, FromModel = active.Model, Counts = counts, Digest = digest };
        if (tooLittle is not null)
        {
            return state.With(RetrainOutcome.Skipped, tooLittle);
        }

        var last = files.All.FirstOrDefault(known =>
            known is { Step: RetrainStep.Ended, Outcome: RetrainOutcome.Activated or RetrainOutcome.Refused }
        );
        return last?.Digest == digest
            ? state.With(
                RetrainOutcome.Skipped, $"Nothing new: labelled pictures, feedback and recipe are the same as in the retrain {last.Id}.")
            : state with
            {
                Step = RetrainStep.Training,
            };
    }

    private async Task<RetrainState> TrainAsync(RetrainState state, JobProgress progress, CancellationToken cancel)
    {
        var results = files.ResultsFolder(state.Id);
        await training.RunAsync(
            files.SnapshotFolder(state.Id),
            results,
            (stage, done, total, text) =>
            {
                progress.Say($"Retrain {state.Id}: {stage} {done}/{total}{(text.Length == 0 ? "" : ", ")}{text}");
                if (stage == "train" && total > 0)
                {
                    // As fractions: whatever numbers the process writes.
                    progress.Report(
                        AfterSnapshot + (long)((AfterTraining - AfterSnapshot) * Math.Min(1, (double)done / total)), Whole);
                }
            },
            cancel);
        var outcome = ReadOutcome(state.Id);
        outcome.Remove("changed");
        return state with { Step = RetrainStep.Registration, Training = outcome };
    }

    private RetrainState Register(RetrainState state)
    {
        var target = Path.Combine(models.Value.Folder, state.Model);
        // The name is unique to this retrain and folders are renamed when complete: an existing folder is the candidate.
        if (!Directory.Exists(target))
        {
            Directory.CreateDirectory(models.Value.Folder);
            EmbedderFolder.Copy(Path.Combine(files.ResultsFolder(state.Id), state.Model), target);
        }

        return state with { Step = RetrainStep.Rollout };
    }

    private async Task<RetrainState> RollOutAsync(RetrainState state, JobProgress progress, CancellationToken cancel)
    {
        var row = await rollout.DecideAsync(
            state.Model,
            (done, total) => progress.Report(AfterTraining + (total is > 0 ? (Whole - AfterTraining) * done / total.Value : 0), Whole),
            progress,
            cancel);
        var gate = row.Gate is null ? null : JsonSerializer.Deserialize<GateReport>(row.Gate, JsonSerializerOptions.Web);
        state = state with { Generation = row.Number, Gate = gate };
        if (row.ActivatedAt is not null)
        {
            return state.With(RetrainOutcome.Activated, $"Generation {row.Number} of {row.Model} passed the gate and is active.");
        }

        if (row.State == GenerationState.Refused)
        {
            return state.With(
                RetrainOutcome.Refused, $"Generation {state.FromGeneration} of {state.FromModel} stays active. {row.Problem}");
        }

        cancel.ThrowIfCancellationRequested();
        throw new JobFailedException($"The rollout of {row.Model} failed: {row.Problem}");
    }

    private RetrainState Save(RetrainState state)
    {
        files.Save(state);
        return state;
    }

    // After a failure too: every night leaves a report.
    private async Task<RetrainState> EndAsync(RetrainState state)
    {
        state = state with { EndedAt = clock.GetUtcNow() };
        try
        {
            AtomicFile.Write(files.ReportPath(state.Id), WriteReport(state with { Message = names.Hide(state.Message) }));
            await DeleteCandidatesAsync(state);
            state = Save(state with { Step = RetrainStep.Ended });
            files.CleanUp(state.Id);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException)
        {
            log.LogError("Retrain {Id} could not be cleaned up; the next start tries again: {Problem}", state.Id, exception.Message);
        }

        log.LogInformation("Retrain {Id} ended as {Outcome}: {Message}", state.Id, state.Outcome, state.Message);
        return state;
    }

    // A refused candidate stays until there is a newer one, so that an admin may activate it anyway.
    private async Task DeleteCandidatesAsync(RetrainState state)
    {
        var isDecided = state.Outcome is RetrainOutcome.Activated or RetrainOutcome.Refused;
        var used = (await catalogue.Generations.AllAsync(CancellationToken.None))
            .Where(row => row.ActivatedAt is not null)
            .Select(row => row.Model)
            .ToHashSet();
        string[] gone = isDecided
            ? [.. files.All.Where(known => known.Id != state.Id && known.Outcome == RetrainOutcome.Refused).Select(known => known.Model)]
            : [state.Model];
        foreach (var model in gone.Where(model => !used.Contains(model)))
        {
            EmbedderFolder.Delete(Path.Combine(models.Value.Folder, model));
        }
    }

    // A retrain whose results are damaged must not be ended again at every start: its report goes without them.
    private byte[] WriteReport(RetrainState state)
    {
        try
        {
            return RetrainReport.Write(state, ReadChanged(state.Id));
        }
        catch (Exception exception) when (exception is not (IOException or UnauthorizedAccessException))
        {
            log.LogWarning(
                "The results of retrain {Id} are damaged, and its report goes without them: {Problem}", state.Id, exception.Message);
            return RetrainReport.Write(state with { Training = null }, changed: null);
        }
    }

    /// <exception cref="JobFailedException">The training process left no outcome, or one that cannot be read.</exception>
    private JsonObject ReadOutcome(string id)
    {
        try
        {
            return JsonNode.Parse(SmallFile.ReadBytes(OutcomePath(id), MostOutcomeBytes)) as JsonObject
                ?? throw new JobFailedException("The outcome of the training process is not a JSON object. Start another retrain.");
        }
        catch (FileNotFoundException)
        {
            throw new JobFailedException("The training process left no outcome. The log of the service has its last lines.");
        }
        catch (JsonException exception)
        {
            throw new JobFailedException($"The outcome of the training process is damaged; start another retrain. {exception.Message}");
        }
    }

    private JsonArray? ReadChanged(string id) => File.Exists(OutcomePath(id)) ? ReadOutcome(id)["changed"]?.AsArray() : null;

    private string OutcomePath(string id) => Path.Combine(files.ResultsFolder(id), "outcome.json");
}
