using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Telemetry;
using Dml.Embedding;

namespace Dml.Api.Items;

/// <summary>A picture's way into the catalogue: check, decode, embed, store, index. When it ends, searches find the item.</summary>
internal sealed class ItemIntake(ICatalogue catalogue, GenerationRegistry generations)
{
    public async Task<IntakeOutcome> PutAsync(
        string id, ReadOnlyMemory<byte> picture, string? label, string? attributes, EmbedPriority priority, CancellationToken cancel)
    {
        if (!ItemId.IsValid(id))
        {
            return Refuse(ProblemCode.BadId, ItemId.Rule);
        }

        if (!Label.TryParse(label, out var checkedLabel))
        {
            return Refuse(ProblemCode.BadLabel, Label.Rule);
        }

        if (!Attributes.TryParse(attributes, out var checkedAttributes, out var error))
        {
            return Refuse(ProblemCode.BadAttributes, error);
        }

        while (true)
        {
            using var generation = generations.Take(out var problem);
            using var building = generations.TakeBuilding();
            if (generation is null)
            {
                return new IntakeOutcome(default, problem);
            }

            var (embedding, embedded) = await EmbedAsync(generation, id, picture, priority, cancel);
            if (embedding is null)
            {
                return new IntakeOutcome(default, PictureProblems.Of(embedded.Error!));
            }

            var embeddings = new List<EmbeddedVector> { embedding };
            if (building is not null && (await EmbedAsync(building, id, picture, EmbedPriority.Background, cancel)).Embedding is { } second)
            {
                embeddings.Add(second);
            }

            var item = new NewItem(
                id, embedded.Info.ContentType, embedded.Info.Width, embedded.Info.Height, checkedLabel, checkedAttributes, embeddings);
            if (await catalogue.PutAsync(item, picture, cancel) is { } result)
            {
                return new IntakeOutcome(result, null);
            }
            // Another generation became active meanwhile: once more, for that one.
        }
    }

    private static async ValueTask<(EmbeddedVector? Embedding, EmbedResult Result)> EmbedAsync(
        Generation generation, string id, ReadOnlyMemory<byte> picture, EmbedPriority priority, CancellationToken cancel)
    {
        using var span = DmlMetrics.Span("embed");
        var result = await generation.Embedder.EmbedAsync(picture, priority, cancel);
        DmlMetrics.Embedded(result.DecodeMilliseconds, result.EmbedMilliseconds);
        if (result.Vector is not { } vector)
        {
            return (null, result);
        }
        // The index refuses such a vector, but only after the commit: it must not get that far.
        return UnitVector.IsUnit(vector)
            ? (new EmbeddedVector(generation.Fingerprint, vector), result)
            : throw new InvalidOperationException($"The embedder {generation.Model} gave a vector that is not of length one for the item {id}.");
    }

    private static IntakeOutcome Refuse(ProblemCode code, string detail) => new(default, code.With(detail));
}
