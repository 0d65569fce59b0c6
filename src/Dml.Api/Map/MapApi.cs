using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Security;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Map;

/// <summary>The endpoint of the map: the active generation's embedding space in two dimensions.</summary>
internal static class MapApi
{
    public static void MapEmbeddingMapApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("").WithTags("Map").MapGet("/map", Get)
            .RequireRole(Role.Search)
            .WithSummary("Get the catalogue as a map")
            .WithDescription(
                $"At most {MapSample.MostItems} items, placed so that neighbours in the embedding space are neighbours on the map. "
                + "202 while it is being computed: request it again in a second.")
            .Refuses(ProblemType.NoGeneration);

    private static Results<Ok<MapResponse>, Accepted<MapProgress>, ProblemHttpResult> Get(GenerationRegistry generations, EmbeddingMap map)
    {
        if (generations.Active is not { } active)
        {
            return generations.Refusal.ToProblem();
        }

        map.Ask();
        return map.Last is { } last && last.Generation == active.Number
            ? TypedResults.Ok(last)
            : TypedResults.Accepted("/map", new MapProgress(active.Number, map.Done));
    }
}
