using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Generations;

/// <summary>Chooses the generation that answers a request: the active one, or one that the request names to compare with.</summary>
internal sealed class GenerationChoice(
    SqliteCatalogue catalogue, GenerationRegistry generations, ArchivedGenerationHost archived, GenerationRetention retention)
{
    /// <param name="number">Number of the generation; null for the active one.</param>
    /// <param name="cancel">Stops.</param>
    public async ValueTask<Result<GenerationLease>> AcquireAsync(int? number, CancellationToken cancel)
    {
        if (number is not { } wanted)
        {
            return generations.Acquire() is { } active ? active : generations.Refusal;
        }

        if (generations.Acquire(wanted) is { } loaded)
        {
            return loaded;
        }

        if ((await catalogue.Generations.AllAsync(cancel)).FirstOrDefault(row => row.Number == wanted) is not { } row)
        {
            return new Refusal(ProblemCode.NotFound, $"There is no generation {wanted}. GET /generations lists them.");
        }

        return row.State switch
        {
            GenerationState.Building => new Refusal(
                ProblemCode.NoGeneration, $"The index of generation {wanted} is being opened. Try again in a moment."),
            GenerationState.Retired when (await retention.KeptAsync(cancel)).Contains(row.Fingerprint) => await OpenAsync(row, cancel),
            _ => new Refusal(
                ProblemCode.GenerationGone,
                $"Generation {wanted} is {RowMapping.NameOf(row.State)} and its vectors are not kept (Generations:Keep), so it cannot "
                + $"be searched."
            ),
        };
    }

    private async ValueTask<Result<GenerationLease>> OpenAsync(StoredGeneration row, CancellationToken cancel)
    {
        try
        {
            return await archived.AcquireAsync(row, cancel);
        }
        catch (EmbedderException exception)
        {
            return new Refusal(ProblemCode.GenerationGone, $"The embedder of generation {row.Number} is lost: {exception.Message}");
        }
    }
}
