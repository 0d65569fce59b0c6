using Dml.Api.Catalogue;
using Dml.Api.Http;
using Dml.Embedding;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Generations;

/// <summary>Which generation answers a request: the active one, or the one that the request names to compare it with.</summary>
internal sealed class GenerationChoice(ICatalogue catalogue, GenerationRegistry generations, ArchivedGenerationHost kept, GenerationRetention retention)
{
    /// <summary>The generation <paramref name="number"/>, the active one for null, held until it is disposed of; or why it cannot answer.</summary>
    public async ValueTask<(Generation? Generation, ProblemHttpResult? Problem)> TakeAsync(int? number, CancellationToken cancel)
    {
        if (number is not { } wanted)
        {
            return (generations.Take(out var problem), problem);
        }

        if (generations.Take(wanted) is { } loaded)
        {
            return (loaded, null);
        }

        if ((await catalogue.GenerationsAsync(cancel)).FirstOrDefault(row => row.Number == wanted) is not { } row)
        {
            return (null, ProblemCode.NotFound.With($"There is no generation {wanted}. GET /generations lists them."));
        }

        return row.State switch
        {
            GenerationState.Building => (null, ProblemCode.NoGeneration.With($"The index of generation {wanted} is being opened. Try again in a moment.")),
            GenerationState.Retired when (await retention.KeptAsync(cancel)).Contains(row.Fingerprint) => await OpenAsync(row, cancel),
            _ => (null, ProblemCode.GenerationGone.With(
                $"Generation {wanted} is {RowMapping.NameOf(row.State)} and its vectors are not kept (Generations:Keep), so it cannot be searched.")),
        };
    }

    private async ValueTask<(Generation?, ProblemHttpResult?)> OpenAsync(StoredGeneration row, CancellationToken cancel)
    {
        try
        {
            return (await kept.TakeAsync(row, cancel), null);
        }
        catch (EmbedderException exception)
        {
            return (null, ProblemCode.GenerationGone.With($"The embedder of generation {row.Number} is lost: {exception.Message}"));
        }
    }
}
