using Dml.Api.Catalogue;
using Dml.Api.Http;
using Dml.Api.Models;

namespace Dml.Api.Items;

/// <summary>A picture's way into the catalogue: check, decode, embed, store, index. When it ends, searches find the item.</summary>
internal sealed class ItemIntake(ICatalogue catalogue, Generations generations)
{
    private const float UnitTolerance = 0.01f;

    public async Task<IntakeOutcome> PutAsync(string id, ReadOnlyMemory<byte> picture, string? label, string? attributes, CancellationToken cancel)
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
        if (!generations.TryGet(out var generation, out var problem))
        {
            return new IntakeOutcome(default, problem);
        }
        var embedded = await generation.Embedder.EmbedAsync(picture, cancel);
        if (embedded.Vector is not { } vector)
        {
            return new IntakeOutcome(default, PictureProblems.Of(embedded.Error!));
        }
        // The index refuses such a vector, but only after the commit: it must not get that far.
        if (!(MathF.Abs(DotProduct.Of(vector, vector) - 1) < UnitTolerance))
        {
            throw new InvalidOperationException($"The embedder {generation.Model} gave a vector that is not of length one for the item {id}.");
        }
        var item = new NewItem(
            id, embedded.Info.ContentType, embedded.Info.Width, embedded.Info.Height, checkedLabel, checkedAttributes,
            new EmbeddedVector(generation.Fingerprint, vector));
        return new IntakeOutcome(await catalogue.PutAsync(item, picture, cancel), null);
    }

    private static IntakeOutcome Refuse(ProblemCode code, string detail) => new(default, code.With(detail));
}
