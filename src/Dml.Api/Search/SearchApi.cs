using System.ComponentModel;
using Dml.Api.Catalogue.Filters;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Api.Telemetry;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Dml.Api.Search;

/// <summary>Endpoints to search by picture, by item and by vector, and to embed a picture.</summary>
internal static class SearchApi
{
    private const string OtherGeneration =
        "Search this generation, building or kept, with its own embedder instead of the active one. GET /generations lists them.";

    public static void MapSearchApi(this IEndpointRouteBuilder routes)
    {
        var search = routes.MapGroup("").WithTags("Search");
        search.MapPost("/search", ByPicture)
            .RequireRole(Role.Search)
            .WithSummary("Search by picture, or by several examples")
            .WithDescription(
                "Ranks the items of the catalogue by their similarity to a JPEG, PNG, WebP, GIF, AVIF or TIFF. Several pictures, and items "
                + "by their ids, become one question: the mean of what is liked, less 0.15 times the mean of what is disliked. Items that "
                + "are examples are omitted.")
            .WithMetadata(new PictureBody(PictureFields.Examples))
            .Refuses(
            [
                ProblemType.BadParameter, ProblemType.BadFilter, ProblemType.NotFound, ProblemType.GenerationGone, ProblemType.NoGeneration,
                ProblemType.BadVector, ProblemType.DamagedPicture,
                .. Refusals.OfPictures,
            ]);
        search.MapGet("/items/{id}/similar", BySimilar)
            .RequireRole(Role.Search)
            .WithSummary("Find items similar to an item")
            .WithDescription("The item itself is omitted.")
            .Refuses(
                ProblemType.BadParameter, ProblemType.BadFilter, ProblemType.NotFound, ProblemType.GenerationGone,
                ProblemType.NoGeneration, ProblemType.DamagedPicture, ProblemType.BadImage, ProblemType.TooManyPixels,
                ProblemType.QuotaSpent, ProblemType.Busy);
        search
            .MapPost("/search/vector", ByVector)
            .RequireRole(Role.Search)
            .WithSummary("Search by vector")
            .WithDescription("For vectors that POST /embed returned for the active embedder. The vector is scaled to length one.")
            .Refuses(
                ProblemType.BadParameter, ProblemType.BadFilter, ProblemType.WrongDimension, ProblemType.BadVector,
                ProblemType.NoGeneration);
        search
            .MapPost("/embed", Embed)
            .RequireRole(Role.Search)
            .WithSummary("Embed a picture")
            .WithMetadata(new PictureBody(PictureFields.None))
            .Refuses([ProblemType.BadParameter, ProblemType.NoGeneration, .. Refusals.OfPictures]);
    }

    private static async Task<Results<Ok<SearchResponse>, ProblemHttpResult>> ByPicture(
        HttpContext context,
        [AsParameters] SearchQuery query,
        [Description(RegionParameter.Description + " With several examples, of the first picture or, without one, of the first item.")]
        string? region,
        [FromQuery(Name = "generation"), Description(OtherGeneration)] int? number,
        ExampleQueries examples,
        GenerationChoice choice,
        Searcher searcher,
        Accounts accounts,
        CancellationToken cancel)
    {
        var request = query.Read();
        if (!request.Succeeded)
        {
            return request.Refusal.ToProblem();
        }

        if (!RegionParameter.TryRead(region, out var part, out var refusal))
        {
            return refusal.ToProblem();
        }

        var form = await ExampleForm.ReadAsync(context.Request, cancel);
        if (!form.Succeeded)
        {
            return form.Refusal.ToProblem();
        }

        var chosen = await choice.AcquireAsync(number, cancel);
        using var lease = chosen.Value;
        if (!chosen.Succeeded)
        {
            return chosen.Refusal.ToProblem();
        }

        var generation = chosen.Value.Generation;
        Result<ExampleQuery> made;
        using (DmlMetrics.Span("embed"))
        {
            made = await examples.MakeAsync(generation, number is not null, form.Value, part, accounts.Of(context), cancel);
        }

        if (made.Value is not { } example)
        {
            return made.Refusal!.ToProblem(context.Response);
        }

        var (hits, took) = await searcher.SearchAsync(generation, example.Vector, request.Value, example.Items, cancel);
        return Answer(context, generation, SearchTiming.Of(example.DecodeMilliseconds, example.EmbedMilliseconds, took), hits);
    }

    private static async Task<Results<Ok<SearchResponse>, ProblemHttpResult>> BySimilar(
        HttpContext context,
        string id,
        [AsParameters] SearchQuery query,
        [Description(RegionParameter.Description)] string? region,
        [FromQuery(Name = "generation"), Description(OtherGeneration)] int? number,
        ItemQueries items,
        GenerationChoice choice,
        Searcher searcher,
        Accounts accounts,
        CancellationToken cancel)
    {
        var chosen = await choice.AcquireAsync(number, cancel);
        using var lease = chosen.Value;
        if (!chosen.Succeeded)
        {
            return chosen.Refusal.ToProblem();
        }

        var request = query.Read();
        if (!request.Succeeded)
        {
            return request.Refusal.ToProblem();
        }

        if (!RegionParameter.TryRead(region, out var part, out var refusal))
        {
            return refusal.ToProblem();
        }

        var generation = chosen.Value.Generation;
        var found = await items.FindAsync(generation, number is not null, id, part, accounts.Of(context), cancel);
        if (found.Value is not { } item)
        {
            return found.Refusal!.ToProblem(context.Response);
        }

        var (hits, took) = await searcher.SearchAsync(generation, item.Vector, request.Value, [item.Key], cancel);
        return Answer(context, generation, SearchTiming.Of(item.DecodeMilliseconds, item.EmbedMilliseconds, took), hits);
    }

    private static async Task<Results<Ok<SearchResponse>, ProblemHttpResult>> ByVector(
        HttpContext context,
        VectorQuery body,
        [AsParameters] SearchQuery query,
        GenerationRegistry generations,
        Searcher searcher,
        CancellationToken cancel)
    {
        using var lease = generations.Acquire();
        if (lease is null)
        {
            return generations.Refusal.ToProblem();
        }

        var request = query.Read();
        if (!request.Succeeded)
        {
            return request.Refusal.ToProblem();
        }

        var generation = lease.Generation;
        if (body.Vector is not { } vector || vector.Length != generation.Dimension)
        {
            return ProblemType.WrongDimension.With(
                $"The vector has {body.Vector?.Length ?? 0} components; those of the active embedder {generation.Model} have "
                + $"{generation.Dimension}."
            );
        }

        var length = MathF.Sqrt(DotProduct.Of(vector, vector));
        if (!float.IsNormal(length))
        {
            return ProblemType.BadVector.With("The length of the vector is zero or outside the range of 32-bit numbers.");
        }

        var unit = Array.ConvertAll(vector, x => x / length);
        var (hits, took) = await searcher.SearchAsync(generation, unit, request.Value, except: [], cancel);
        return Answer(context, generation, SearchTiming.Of(0, 0, took), hits);
    }

    private static async Task<Results<Ok<EmbedResponse>, ProblemHttpResult>> Embed(
        HttpContext context,
        [Description(RegionParameter.Description)] string? region,
        GenerationRegistry generations,
        Accounts accounts,
        CancellationToken cancel)
    {
        if (!RegionParameter.TryRead(region, out var part, out var refusal))
        {
            return refusal.ToProblem();
        }

        var form = await PictureForm.ReadAsync(context.Request, cancel);
        if (!form.Succeeded)
        {
            return form.Refusal.ToProblem();
        }

        using var lease = generations.Acquire();
        if (lease is null)
        {
            return generations.Refusal.ToProblem();
        }

        var generation = lease.Generation;
        var embedded = await generation.EmbedAsync(form.Value.Image, accounts.Of(context), cancel, region: part);
        return embedded.Vector is { } vector
            ? TypedResults.Ok(new EmbedResponse(generation.Model, generation.Fingerprint, generation.Dimension, vector))
            : embedded.Error!.ToRefusal().ToProblem(context.Response);
    }

    private static Ok<SearchResponse> Answer(HttpContext context, Generation generation, SearchCost cost, IReadOnlyList<SearchHit> hits)
    {
        DmlMetrics.Searched(cost.DecodeMs, cost.EmbedMs, cost.SearchMs);
        context.Response.Headers["Server-Timing"] = cost.ToServerTiming();
        return TypedResults.Ok(new SearchResponse(generation.Number, generation.Model, generation.Fingerprint, cost, hits));
    }
}

/// <summary>The query parameters of a search.</summary>
internal sealed record SearchQuery(
    [property: FromQuery(Name = "k"), Description("Maximum number of hits, 1 to 1000."), DefaultValue(10)] int? K,
    [property: FromQuery(Name = "minScore"), Description("Omit hits with a lower cosine, -1 to 1.")] float? MinScore,
    [property:
        FromQuery(Name = "filter"),
        Description("Search only these items, for example `label:red-apple` or `attr.set:noto AND NOT label:car`.")
    ]
        string? Filter,
    [property:
        FromQuery(Name = "effort"),
        Description(
            "How much to search, 1 to 16: more finds more of the items that are truly nearest, and takes up to as many times as long."),
        DefaultValue(1)
    ]
        int? Effort)
{
    private const int DefaultHits = 10;
    private const int MostHits = 1000;
    private const int MostEffort = 16;

    public Result<SearchRequest> Read()
    {
        if (K is < 1 or > MostHits)
        {
            return new Refusal(ProblemCode.BadParameter, $"k is {K}; expected 1 to {MostHits}.");
        }

        if (MinScore is < -1 or > 1 or float.NaN)
        {
            return new Refusal(ProblemCode.BadParameter, $"minScore is {MinScore}; expected a cosine from -1 to 1.");
        }

        if (Effort is < 1 or > MostEffort)
        {
            return new Refusal(ProblemCode.BadParameter, $"effort is {Effort}; expected 1 to {MostEffort}.");
        }

        ItemFilter? filter = null;
        return !string.IsNullOrWhiteSpace(Filter) && !FilterParser.TryParse(Filter, out filter, out var error)
            ? new Refusal(ProblemCode.BadFilter, error)
            : new SearchRequest(K ?? DefaultHits, MinScore ?? -1, filter, Effort ?? 1);
    }
}
