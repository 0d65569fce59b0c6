using System.ComponentModel;
using System.Security.Cryptography;
using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Dml.Api.Feedback;

/// <summary>The endpoints that take feedback on hits, list it and take it back; the next retrain learns from it.</summary>
internal static class FeedbackApi
{
    private const string ItemOrPicture = "An item's id, or sha256: and the hash of a picture.";
    private const int DefaultLimit = 100;
    private const int MostPairs = 1000;

    public static void MapFeedbackApi(this IEndpointRouteBuilder routes)
    {
        var feedback = routes.MapGroup("/feedback").WithTags("Retrains");
        feedback.MapPost("", GiveAsync)
            .RequireRole(Role.Write)
            .WithSummary("Give feedback on a hit")
            .WithDescription(
                "The next retrain pulls the pictures of query and hit together or pushes them apart. Feedback belongs to the pictures, "
                + "not to the items: "
                    + "an item whose picture is replaced has no feedback. Newer feedback on a pair replaces older. It is durable when "
                    + "204 is returned."
            )
            .Refuses(ProblemType.BadFeedback, ProblemType.NotFound);
        feedback.MapPost("/picture", GivePictureAsync)
            .RequireRole(Role.Write)
            .WithSummary("Give feedback on a hit of a picture that is not an item")
            .WithDescription(
                "The service keeps the picture as long as there is feedback on it, and learns from it like from an item's. It is not an "
                + "item: no search finds it. Within the limits Feedback:MaxPictures and Feedback:MaxBytes; "
                + "Feedback:KeepPictures turns it off.")
            .WithMetadata(new PictureBody(PictureFields.None))
            .Refuses([
                ProblemType.BadFeedback, ProblemType.NotFound, ProblemType.PicturesNotKept, ProblemType.FeedbackFull,
                ProblemType.NoGeneration, .. Refusals.OfPictures,
            ]);
        feedback.MapGet("", ListAsync)
            .RequireRole(Role.Write)
            .WithSummary("List the feedback in a stable order")
            .Refuses(ProblemType.BadParameter, ProblemType.BadCursor);
        feedback.MapDelete("/{query}/{hit}", TakeBackAsync)
            .RequireRole(Role.Write)
            .Audited("feedback.delete")
            .WithSummary("Take the feedback on a hit back")
            .WithDescription("In either order. A picture that was kept for this feedback alone is deleted.")
            .Refuses(ProblemType.NotFound);
        feedback.MapDelete("/{picture}", TakeAllBackAsync)
            .RequireRole(Role.Write)
            .Audited("feedback.delete")
            .WithSummary("Take all feedback on a picture back")
            .WithDescription("If the picture was kept for its feedback, it is deleted.")
            .Refuses(ProblemType.NotFound);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> GiveAsync(
        FeedbackRequest feedback, SqliteCatalogue catalogue, CancellationToken cancel)
    {
        if (feedback is not { Query: { Length: > 0 } query, Hit: { Length: > 0 } hit, Right: { } right })
        {
            return ProblemType.BadFeedback.With(
                "Expected { \"query\": an item's id or \"sha256:…\", \"hit\": an item's id, \"right\": true or false }.");
        }

        if (await FindAsync(query, catalogue, cancel) is not { } one)
        {
            return ProblemType.NotFound.With(
                $"The query \"{query}\" is neither an item nor the SHA-256 of an item's picture. "
                + "Send a picture that is not an item to POST /feedback/picture.");
        }

        var pair = await PairAsync(one, hit, right, catalogue, cancel);
        if (!pair.Succeeded)
        {
            return pair.Refusal.ToProblem();
        }

        await catalogue.Feedback.GiveAsync(pair.Value, cancel);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<FeedbackPicture>, ProblemHttpResult>> GivePictureAsync(
        HttpRequest request,
        [Description("An item's id.")] string? hit,
        [Description("Whether the two belong together.")] bool? right,
        SqliteCatalogue catalogue,
        GenerationRegistry generations,
        Accounts accounts,
        IOptions<FeedbackOptions> options,
        CancellationToken cancel)
    {
        if (string.IsNullOrEmpty(hit) || right is not { } isRight)
        {
            return ProblemType.BadFeedback.With("Expected the parameters hit, an item's id, and right, true or false.");
        }

        if (!options.Value.KeepPictures)
        {
            return ProblemType.PicturesNotKept.With(
                "This service keeps no pictures of queries (Feedback:KeepPictures). Add the picture as an item and give feedback on that.");
        }

        var form = await PictureForm.ReadAsync(request, cancel);
        if (!form.Succeeded)
        {
            return form.Refusal.ToProblem();
        }

        if (await CheckAsync(form.Value.Image, generations, accounts.Of(request.HttpContext), cancel) is { } refusal)
        {
            return refusal.ToProblem(request.HttpContext.Response);
        }

        var sha256 = Convert.ToHexStringLower(SHA256.HashData(form.Value.Image.Span));
        var pair = await PairAsync(sha256, hit, isRight, catalogue, cancel);
        if (!pair.Succeeded)
        {
            return pair.Refusal.ToProblem();
        }

        return await catalogue.Feedback.GiveAsync(pair.Value, sha256, form.Value.Image, options.Value.Limits, cancel)
            ? TypedResults.Ok(new FeedbackPicture(PictureHash.Write(sha256), null, !await catalogue.HasPictureAsync(sha256, cancel)))
            : ProblemType.FeedbackFull.With(
                $"Kept pictures may be {options.Value.MaxPictures} and {options.Value.MaxBytes} bytes (Feedback:MaxPictures, "
                + "Feedback:MaxBytes). DELETE /feedback/{picture} makes room.");
    }

    private static async Task<Results<Ok<FeedbackPage>, ProblemHttpResult>> ListAsync(
        [Description("nextCursor of the previous page.")] string? cursor,
        [Description("Maximum number of pairs, 1 to 1000."), DefaultValue(DefaultLimit)] int? limit,
        SqliteCatalogue catalogue,
        CancellationToken cancel)
    {
        if (limit is < 1 or > MostPairs)
        {
            return ProblemType.BadParameter.With($"limit is {limit}; expected 1 to {MostPairs}.");
        }

        if (!FeedbackCursor.TryRead(cursor, out var one, out var other))
        {
            return ProblemType.BadCursor.With("Pass the nextCursor of the previous page unchanged, or none for the first page.");
        }

        var wanted = limit ?? DefaultLimit;
        // One more than requested tells whether there is a next page.
        var pairs = await catalogue.Feedback.AfterAsync(one, other, wanted + 1, cancel);
        return TypedResults.Ok(new FeedbackPage(
            [.. pairs.Take(wanted).Select(Read)],
            pairs.Count > wanted ? FeedbackCursor.Write(pairs[wanted - 1].One.Sha256, pairs[wanted - 1].Other.Sha256) : null));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> TakeBackAsync(
        [Description(ItemOrPicture)] string query, [Description(ItemOrPicture)] string hit,
        SqliteCatalogue catalogue, CancellationToken cancel)
    {
        var (one, other) = (await NamedAsync(query, catalogue, cancel), await NamedAsync(hit, catalogue, cancel));
        if (one is null || other is null)
        {
            return ProblemType.NotFound.With(
                $"There is no item \"{(one is null ? query : hit)}\". A picture is named as sha256: and its hash.");
        }

        var pair = Pair(one, other, isRight: true);
        return await catalogue.Feedback.TakeBackAsync(pair.One, pair.Other, cancel)
            ? TypedResults.NoContent()
            : ProblemType.NotFound.With($"There is no feedback on \"{query}\" and \"{hit}\". GET /feedback lists it.");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> TakeAllBackAsync(
        [Description(ItemOrPicture)] string picture, SqliteCatalogue catalogue, CancellationToken cancel) =>
        await NamedAsync(picture, catalogue, cancel) is { } sha256 && await catalogue.Feedback.TakeBackAsync(sha256, cancel)
            ? TypedResults.NoContent()
            : ProblemType.NotFound.With($"There is no feedback on \"{picture}\". GET /feedback lists it.");

    // The same check that a search or an item passes; the vector of a query that was just searched with is in the cache.
    private static async Task<Refusal?> CheckAsync(
        ReadOnlyMemory<byte> picture, GenerationRegistry generations, Account account, CancellationToken cancel)
    {
        using var lease = generations.Acquire();
        return lease is null
            ? generations.Refusal
            : (await lease.Generation.EmbedAsync(picture, account, cancel)).Error?.ToRefusal();
    }

    private static async ValueTask<Result<StoredFeedback>> PairAsync(
        string one, string hit, bool isRight, SqliteCatalogue catalogue, CancellationToken cancel)
    {
        if ((await catalogue.FindAsync(hit, cancel))?.Sha256 is not { } other)
        {
            return new Refusal(ProblemCode.NotFound, $"There is no item \"{hit}\".");
        }

        return one == other
            ? new Refusal(
                ProblemCode.BadFeedback, $"Query and hit are the same picture, {one[..16]}; there is nothing to learn from them.")
            : Pair(one, other, isRight);
    }

    private static StoredFeedback Pair(string one, string other, bool isRight) =>
        string.CompareOrdinal(one, other) < 0 ? new StoredFeedback(one, other, isRight) : new StoredFeedback(other, one, isRight);

    private static async ValueTask<string?> FindAsync(string query, SqliteCatalogue catalogue, CancellationToken cancel) =>
        !PictureHash.TryRead(query, out var sha256) ? (await catalogue.FindAsync(query, cancel))?.Sha256
        : await catalogue.HasPictureAsync(sha256, cancel) ? sha256
        : null;

    // Feedback outlives its items, so a picture may be named that no item has any longer.
    private static async ValueTask<string?> NamedAsync(string name, SqliteCatalogue catalogue, CancellationToken cancel) =>
        PictureHash.TryRead(name, out var sha256) ? sha256 : (await catalogue.FindAsync(name, cancel))?.Sha256;

    private static FeedbackEntry Read(GivenFeedback feedback) =>
        new(Read(feedback.One), Read(feedback.Other), feedback.IsRight, feedback.GivenAt);

    private static FeedbackPicture Read(JudgedPicture picture) => new(PictureHash.Write(picture.Sha256), picture.Item, picture.IsKept);
}
