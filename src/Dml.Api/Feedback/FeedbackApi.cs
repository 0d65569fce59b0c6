using Dml.Api.Catalogue;
using Dml.Api.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Feedback;

/// <summary>What people say of hits; the next retrain learns from it.</summary>
internal static class FeedbackApi
{
    private const string HashPrefix = "sha256:";

    public static void MapFeedbackApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("").WithTags("Retrains").MapPost("/feedback", GiveAsync)
            .WithSummary("Say whether a hit is right")
            .WithDescription(
                "Query and hit become a pair that the next retrain pulls together or pushes apart. It is about their pictures as they are now: "
                + "an item that gets another picture later takes no verdict with it. The last word on a pair counts. Stored durably when 204 answers.")
            .Refuses(ProblemCode.BadFeedback, ProblemCode.NotFound);

    private static async Task<Results<NoContent, ProblemHttpResult>> GiveAsync(FeedbackRequest feedback, ICatalogue catalogue, CancellationToken cancel)
    {
        if (feedback is not { Query: { Length: > 0 } query, Hit: { Length: > 0 } hit, Right: { } right })
        {
            return ProblemCode.BadFeedback.With("Expected { \"query\": an item's id or \"sha256:…\", \"hit\": an item's id, \"right\": true or false }.");
        }

        if (await PictureAsync(query, catalogue, cancel) is not { } one)
        {
            return ProblemCode.NotFound.With($"The query \"{query}\" is neither an item nor the SHA-256 of an item's picture. Add the picture as an item first.");
        }

        if ((await catalogue.FindAsync(hit, cancel))?.Sha256 is not { } other)
        {
            return ProblemCode.NotFound.With($"There is no item \"{hit}\".");
        }

        if (one == other)
        {
            return ProblemCode.BadFeedback.With($"Query and hit are the same picture, {one[..16]}: there is nothing to learn from that.");
        }

        await catalogue.GiveFeedbackAsync(
            string.CompareOrdinal(one, other) < 0 ? new StoredFeedback(one, other, right) : new StoredFeedback(other, one, right), cancel);
        return TypedResults.NoContent();
    }

    private static async ValueTask<string?> PictureAsync(string query, ICatalogue catalogue, CancellationToken cancel)
    {
        if (!query.StartsWith(HashPrefix, StringComparison.Ordinal))
        {
            return (await catalogue.FindAsync(query, cancel))?.Sha256;
        }

        var sha256 = query[HashPrefix.Length..].ToLowerInvariant();
        return await catalogue.HasPictureAsync(sha256, cancel) ? sha256 : null;
    }
}
