using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Items;
using Dml.Api.Jobs;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Imports;

/// <summary>
/// Adds many pictures to the catalogue. A refused picture is counted and named, and so are files that are no pictures; the import
/// continues.
/// </summary>
internal sealed class Import(SqliteCatalogue catalogue, ItemIntake intake, IOptions<InferenceOptions> inference)
{
    private const int NamedProblems = 20;
    private const int WaitForTheDisk = 16;

    public async Task<JsonObject?> RunAsync(ImportSource source, JobProgress progress, CancellationToken cancel)
    {
        long done = 0, added = 0, replaced = 0, present = 0, refused = 0;
        var problems = new ConcurrentQueue<string>();
        try
        {
            await AddAllAsync();
        }
        catch (Exception exception) when (OutOfSpace.Caused(exception))
        {
            throw new JobFailedException($"{OutOfSpace.Explanation} Repeat the import to add what is missing.", Counted());
        }

        return Counted();

        Task AddAllAsync() => Parallel.ForEachAsync(
            source.Files,
            // Some are decoded and embedded while others wait for the disk. Searches take precedence over all of them.
            new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = inference.Value.Workers + WaitForTheDisk },
            async (file, token) =>
            {
                var id = ImportItemId.Of(file.Path);
                if (await IsPresentAsync(id, file, token))
                {
                    Interlocked.Increment(ref present);
                }
                else if (await PutAsync(id, file, token) is var (created, problem) && problem is null)
                {
                    Interlocked.Increment(ref created ? ref added : ref replaced);
                }
                else if (Interlocked.Increment(ref refused) <= NamedProblems)
                {
                    problems.Enqueue($"{file.Path}: {problem}");
                }

                progress.Report(Interlocked.Increment(ref done), source.Total);
            });

        JsonObject Counted() => new()
        {
            ["added"] = added,
            ["replaced"] = replaced,
            ["present"] = present,
            ["refused"] = refused,
            ["leftOut"] = source.LeftOut.ToJson(),
            ["problems"] = new JsonArray([.. problems.Select(problem => JsonValue.Create(problem))]),
        };
    }

    private async Task<(bool Created, string? Problem)> PutAsync(string id, ImportFile file, CancellationToken cancel)
    {
        if (file.Problem is not null)
        {
            return (false, file.Problem);
        }

        var put = await intake.PutAsync(id, file.Bytes, file.Label, null, EmbedPriority.Background, cancel);
        return put.Succeeded ? (put.Value.Created, null) : (false, put.Refusal.Detail);
    }

    private async Task<bool> IsPresentAsync(string id, ImportFile file, CancellationToken cancel) =>
        file.Problem is null
        && await catalogue.FindAsync(id, cancel) is { } item
        && item.Label == file.Label
        && item.Sha256 == Convert.ToHexStringLower(SHA256.HashData(file.Bytes));
}
