using System.ComponentModel;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Telemetry;
using Dml.Embedding;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Dml.Api.Search;

/// <summary>Search by picture, by item, by vector; and the bare embedding.</summary>
internal static class SearchApi
{
    private const string OtherGeneration =
        "Who answers, in place of the active generation: one that is building or kept, with its own embedder. GET /generations lists them.";

    public static void MapSearchApi(this IEndpointRouteBuilder routes)
    {
        var search = routes.MapGroup("").WithTags("Search");
        search.MapPost("/search", ByPicture)
            .WithSummary("Search by picture")
            .WithDescription("Ranks the items of the catalogue by their likeness to a JPEG, PNG, WebP or GIF.")
            .WithMetadata(new PictureBody(WithFields: false))
            .Refuses(
            [
                ProblemCode.BadParameter, ProblemCode.BadFilter, ProblemCode.NotFound, ProblemCode.GenerationGone, ProblemCode.NoGeneration,
                .. Refusals.OfPictures,
            ]);
        search.MapGet("/items/{id}/similar", BySimilar)
            .WithSummary("More like this item")
            .WithDescription("The item itself is left out.")
            .Refuses(ProblemCode.BadParameter, ProblemCode.BadFilter, ProblemCode.NotFound, ProblemCode.GenerationGone, ProblemCode.NoGeneration);
        search.MapPost("/search/vector", ByVector)
            .WithSummary("Search by vector")
            .WithDescription("For vectors of POST /embed of the active embedder; it is brought to length one.")
            .Refuses(ProblemCode.BadParameter, ProblemCode.BadFilter, ProblemCode.WrongDimension, ProblemCode.BadVector, ProblemCode.NoGeneration);
        search.MapPost("/embed", Embed)
            .WithSummary("A picture's vector")
            .WithMetadata(new PictureBody(WithFields: false))
            .Refuses([ProblemCode.NoGeneration, .. Refusals.OfPictures]);
    }

    private static async Task<Results<Ok<SearchResponse>, ProblemHttpResult>> ByPicture(
        HttpContext context, [AsParameters] SearchQuery query, [FromQuery(Name = "generation"), Description(OtherGeneration)] int? number,
        GenerationChoice choice, Searcher searcher, CancellationToken cancel)
    {
        if (!query.TryRead(out var request, out var problem))
        {
            return problem;
        }

        var (form, bad) = await PictureForm.ReadAsync(context.Request, cancel);
        if (form is null)
        {
            return bad!;
        }

        (var taken, problem) = await choice.TakeAsync(number, cancel);
        using var generation = taken;
        if (generation is null)
        {
            return problem!;
        }

        EmbedResult embedded;
        using (DmlMetrics.Span("embed"))
        {
            embedded = await generation.Embedder.EmbedAsync(form.Image, EmbedPriority.Request, cancel);
        }

        if (embedded.Vector is null)
        {
            return PictureProblems.Of(embedded.Error!).WithRetryAfter(context.Response);
        }

        var (hits, took) = await searcher.SearchAsync(generation, embedded.Vector, request, except: 0, cancel);
        return Answer(context, generation, SearchCost.Of(embedded.DecodeMilliseconds, embedded.EmbedMilliseconds, took), hits);
    }

    private static async Task<Results<Ok<SearchResponse>, ProblemHttpResult>> BySimilar(
        HttpContext context, string id, [AsParameters] SearchQuery query, [FromQuery(Name = "generation"), Description(OtherGeneration)] int? number,
        ICatalogue catalogue, GenerationChoice choice, Searcher searcher, CancellationToken cancel)
    {
        var (taken, problem) = await choice.TakeAsync(number, cancel);
        using var generation = taken;
        if (generation is null || !query.TryRead(out var request, out problem))
        {
            return problem!;
        }

        if (await catalogue.FindAsync(id, cancel) is not { } item)
        {
            return ProblemCode.NotFound.With($"There is no item \"{id}\".");
        }

        var vector = new float[generation.Dimension];
        if (!generation.Index.TryGetVector(item.Key, vector))
        {
            return number is null
                ? ProblemCode.NoGeneration.With($"The item \"{id}\" has not been embedded by the new embedder yet. Try again in a moment.")
                : ProblemCode.NotFound.With($"Generation {number} has not embedded the item \"{id}\". Search it by the item's picture.");
        }

        var (hits, took) = await searcher.SearchAsync(generation, vector, request, item.Key, cancel);
        return Answer(context, generation, SearchCost.Of(0, 0, took), hits);
    }

    private static async Task<Results<Ok<SearchResponse>, ProblemHttpResult>> ByVector(
        HttpContext context, VectorQuery body, [AsParameters] SearchQuery query, GenerationRegistry generations, Searcher searcher, CancellationToken cancel)
    {
        using var generation = generations.Take(out var problem);
        if (generation is null || !query.TryRead(out var request, out problem))
        {
            return problem!;
        }

        if (body.Vector is not { } vector || vector.Length != generation.Dimension)
        {
            return ProblemCode.WrongDimension.With(
                $"The vector has {body.Vector?.Length ?? 0} numbers; the active embedder {generation.Model} makes {generation.Dimension}.");
        }

        var length = MathF.Sqrt(DotProduct.Of(vector, vector));
        if (!float.IsNormal(length))
        {
            return ProblemCode.BadVector.With("The vector's length is zero or beyond the range of 32-bit numbers; expected a direction.");
        }

        var unit = Array.ConvertAll(vector, x => x / length);
        var (hits, took) = await searcher.SearchAsync(generation, unit, request, except: 0, cancel);
        return Answer(context, generation, SearchCost.Of(0, 0, took), hits);
    }

    private static async Task<Results<Ok<EmbedResponse>, ProblemHttpResult>> Embed(
        HttpContext context, GenerationRegistry generations, CancellationToken cancel)
    {
        var (form, bad) = await PictureForm.ReadAsync(context.Request, cancel);
        if (form is null)
        {
            return bad!;
        }

        using var generation = generations.Take(out var problem);
        if (generation is null)
        {
            return problem!;
        }

        var embedded = await generation.Embedder.EmbedAsync(form.Image, EmbedPriority.Request, cancel);
        return embedded.Vector is { } vector
            ? TypedResults.Ok(new EmbedResponse(generation.Model, generation.Fingerprint, generation.Dimension, vector))
            : PictureProblems.Of(embedded.Error!).WithRetryAfter(context.Response);
    }

    private static Ok<SearchResponse> Answer(HttpContext context, Generation generation, SearchCost cost, IReadOnlyList<SearchHit> hits)
    {
        DmlMetrics.Searched(cost.DecodeMs, cost.EmbedMs, cost.SearchMs);
        context.Response.Headers["Server-Timing"] = cost.ToServerTiming();
        return TypedResults.Ok(new SearchResponse(generation.Number, generation.Model, generation.Fingerprint, cost, hits));
    }
}
