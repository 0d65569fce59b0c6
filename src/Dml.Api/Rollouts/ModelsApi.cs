using Dml.Api.Catalogue;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Models;

/// <summary>Which embedders there are, and which have served.</summary>
internal static class ModelsApi
{
    public static void MapModelsApi(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("").WithTags("Models");
        models.MapGet("/models", ListModels).WithSummary("The embedders in the models folder");
        models.MapGet("/generations", ListGenerationsAsync)
            .WithSummary("The generations there were, newest first")
            .WithDescription("A generation is one embedder and the index of what it embedded; one is active.");
    }

    private static Ok<IReadOnlyList<ModelResponse>> ListModels(Settings settings, Generations generations) =>
        TypedResults.Ok(ModelResponse.List(settings.ModelsFolder, generations.Active?.Fingerprint));

    private static async Task<Ok<List<GenerationResponse>>> ListGenerationsAsync(
        ICatalogue catalogue, Generations generations, CancellationToken cancel)
    {
        var answer = new List<GenerationResponse>();
        foreach (var row in (await catalogue.GenerationsAsync(cancel)).Reverse())
        {
            var vectors = await catalogue.CountEmbeddingsAsync(row.Fingerprint, cancel);
            answer.Add(new GenerationResponse(
                row.Number, row.Model, row.Fingerprint, row.Dimension, row.Number == generations.Active?.Number, vectors, row.CreatedAt));
        }
        return TypedResults.Ok(answer);
    }
}
