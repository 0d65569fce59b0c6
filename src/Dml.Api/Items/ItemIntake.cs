using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Limits;
using Dml.Api.Telemetry;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Items;

/// <summary>Adds a picture to the catalogue: check, decode, embed, store, index. When it returns, searches find the item.</summary>
internal sealed class ItemIntake(SqliteCatalogue catalogue, GenerationRegistry generations, ILogger<ItemIntake> log)
{
    public async Task<Result<PutResult>> PutAsync(
        string id, ReadOnlyMemory<byte> picture, string? label, string? attributes, EmbedPriority priority, Account account,
        CancellationToken cancel, ItemCondition? condition = null)
    {
        if (!ItemId.IsValid(id))
        {
            return new Refusal(ProblemCode.BadId, ItemId.Rule);
        }

        if (!Label.TryParse(label, out var checkedLabel))
        {
            return new Refusal(ProblemCode.BadLabel, Label.Rule);
        }

        if (!Attributes.TryParse(attributes, out var checkedAttributes, out var error))
        {
            return new Refusal(ProblemCode.BadAttributes, error);
        }

        while (true)
        {
            using var active = generations.Acquire();
            using var building = generations.AcquireBuilding();
            if (active is null)
            {
                return generations.Refusal;
            }

            var (embedding, embedded) = await EmbedAsync(active.Generation, picture, priority, account, cancel);
            if (embedding is null)
            {
                return embedded.Error!.ToRefusal();
            }

            var embeddings = new List<EmbeddedVector> { embedding };
            if (building is not null
                && await TryEmbedAsync(building.Generation, id, picture, cancel) is { } second)
            {
                embeddings.Add(second);
            }

            var item = new NewItem(
                id, embedded.Info.ContentType, embedded.Info.Width, embedded.Info.Height, checkedLabel, checkedAttributes, embeddings)
            {
                Owner = account.Owner,
            };
            try
            {
                if (await catalogue.PutAsync(item, picture, cancel, condition) is { } result)
                {
                    return result;
                }
            }
            catch (WriteRefusedException refused)
            {
                return refused.Refusal;
            }

            // Another generation has become active in the meantime: repeat with that one.
        }
    }

    // A candidate harms no write: without its vector the item is missing in its generation, and its rollout does not end well. Nor
    // does it spend the caller's embedding time: callers have no say in rollouts.
    private async ValueTask<EmbeddedVector?> TryEmbedAsync(
        Generation building, string id, ReadOnlyMemory<byte> picture, CancellationToken cancel)
    {
        string problem;
        try
        {
            var (embedding, result) = await EmbedAsync(building, picture, EmbedPriority.Background, Account.Own, cancel);
            if (embedding is not null)
            {
                return embedding;
            }

            problem = result.Error!.Message;
        }
        catch (Exception exception) when (!cancel.IsCancellationRequested)
        {
            problem = exception.Message;
        }

        log.LogWarning("The candidate {Model} cannot embed item {Id}: {Problem}", building.Model, id, problem);
        return null;
    }

    private static async ValueTask<(EmbeddedVector? Embedding, EmbedResult Result)> EmbedAsync(
        Generation generation, ReadOnlyMemory<byte> picture, EmbedPriority priority, Account account, CancellationToken cancel)
    {
        using var span = DmlMetrics.Span("embed");
        var result = await generation.EmbedAsync(picture, account, cancel, priority);
        DmlMetrics.Embedded(result.DecodeMilliseconds, result.EmbedMilliseconds);
        return (result.Vector is { } vector ? new EmbeddedVector(generation.Fingerprint, vector) : null, result);
    }
}
