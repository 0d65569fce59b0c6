using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Items;
using Dml.Api.Jobs;
using Dml.Api.Limits;
using Dml.Embedding;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Dml.Api.Imports;

/// <summary>
/// Adds many pictures to the catalogue. Every file is counted: a refused picture and a file that is not a picture are named too, and the
/// import continues.
/// </summary>
internal sealed class Import(
    SqliteCatalogue catalogue, ItemIntake intake, IOptions<InferenceOptions> inference, ILogger<Import> log)
{
    private const int NamedProblems = 20;
    private const int WaitForTheDisk = 16;

    /// <exception cref="JobFailedException">
    /// The disk is full, the catalogue cannot be read or written, or the source could not be read to its end; with the counts so far.
    /// </exception>
    public async Task<JsonObject?> RunAsync(ImportSource source, Account account, JobProgress progress, CancellationToken cancel)
    {
        long done = 0, added = 0, replaced = 0, present = 0, refused = 0;
        var problems = new ConcurrentQueue<string>();
        var leftOut = new LeftOutFiles();
        try
        {
            await AddAllAsync();
        }
        catch (Exception exception) when (OutOfSpace.Caused(exception))
        {
            throw new JobFailedException($"{OutOfSpace.Explanation} Repeat the import to add what is missing.", Counted());
        }
        catch (Exception exception) when (CatalogueLock.Caused(exception))
        {
            throw new JobFailedException($"{CatalogueLock.Explanation} Repeat the import to add what is missing.", Counted());
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            log.LogError(exception, "An import failed after {Done} files", Interlocked.Read(ref done));
            throw new JobFailedException(
                "The import failed unexpectedly; the log of the service has the cause. Repeat the import to add what is missing.",
                Counted());
        }

        return source.Failure is null
            ? Counted()
            : throw new JobFailedException($"{source.Failure} What could be read before has been imported.", Counted());

        Task AddAllAsync() => Parallel.ForEachAsync(
            source.Read(cancel),
            // Some are decoded and embedded while others wait for the disk. Searches take precedence over all of them.
            new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = inference.Value.Workers + WaitForTheDisk },
            async (file, token) =>
            {
                if (file.LeftOut is { } kind)
                {
                    leftOut.Add(file.Path, kind);
                }
                else if (await IsPresentAsync(file, token))
                {
                    Interlocked.Increment(ref present);
                }
                else if (await PutAsync(file, account, token) is var (created, problem) && problem is null)
                {
                    Interlocked.Increment(ref created ? ref added : ref replaced);
                }
                else if (Interlocked.Increment(ref refused) <= NamedProblems)
                {
                    problems.Enqueue($"{file.Path.Shown}: {problem}");
                }

                progress.Report(Interlocked.Increment(ref done), source.Total);
            });

        JsonObject Counted()
        {
            var result = new JsonObject
            {
                ["added"] = added,
                ["replaced"] = replaced,
                ["present"] = present,
                ["refused"] = refused,
                ["superseded"] = source.Superseded,
                ["hidden"] = source.Hidden,
            };
            leftOut.WriteTo(result);
            result["problems"] = new JsonArray([.. problems.Select(problem => JsonValue.Create(problem))]);
            return result;
        }
    }

    private async Task<(bool Created, string? Problem)> PutAsync(ImportFile file, Account account, CancellationToken cancel)
    {
        if (file.Problem is not null)
        {
            return (false, file.Problem);
        }

        if (account.Budget is { } budget)
        {
            await budget.WaitAsync(cancel);
        }

        try
        {
            var put = await intake.PutAsync(file.Path.Id, file.Bytes, file.Path.Label, null, EmbedPriority.Background, account, cancel);
            return put.Succeeded ? (put.Value.Created, null) : (false, put.Refusal.Detail);
        }
        // A full disk or a catalogue that cannot be written meets all files alike; anything else is this one's.
        catch (Exception exception) when (exception is not OperationCanceledException and not SqliteException
            && !OutOfSpace.Caused(exception))
        {
            log.LogError(exception, "{Path} could not be imported", file.Path.Shown);
            return (false, "It could not be stored; the log of the service has the cause.");
        }
    }

    private async Task<bool> IsPresentAsync(ImportFile file, CancellationToken cancel) =>
        file.Problem is null
        && await catalogue.FindAsync(file.Path.Id, cancel) is { } item
        && item.Label == file.Path.Label
        && item.Sha256 == Convert.ToHexStringLower(SHA256.HashData(file.Bytes));
}
