using Dml.Api.Catalogue;
using Dml.Api.Http;
using Dml.Api.Security;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Feedback;

/// <summary>The endpoint that takes feedback on hits; the next retrain learns from it.</summary>
internal static class FeedbackApi
{
    private const string HashPrefix = "sha256:";

    public static void MapFeedbackApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("").WithTags("Retrains").MapPost("/feedback", GiveAsync)
            .RequireRole(Role.Write)
            .WithSummary("Give feedback on a hit")
            .WithDescription(
                "The next retrain pulls the pictures of query and hit together or pushes them apart. Feedback belongs to the pictures, "
                + "not to the items: "
                    + "an item whose picture is replaced has no feedback. Newer feedback on a pair replaces older. It is durable when "
                    + "204 is returned."
            )
            .Refuses(ProblemType.BadFeedback, ProblemType.NotFound);

    private static async Task<Results<NoContent, ProblemHttpResult>> GiveAsync(
        FeedbackRequest feedback, SqliteCatalogue catalogue, CancellationToken cancel)
    {
        if (feedback is not { Query: { Length: > 0 } query, Hit: { Length: > 0 } hit, Right: { } right })
        {
            return ProblemType.BadFeedback.With(
                "Expected { \"query\": an item's id or \"sha256:…\", \"hit\": an item's id, \"right\": true or false }.");
        }

        if (await PictureAsync(query, catalogue, cancel) is not { } one)
        {
            return ProblemType.NotFound.With(
                $"The query \"{query}\" is neither an item nor the SHA-256 of an item's picture. Add the picture as an item first.");
        }

        if ((await catalogue.FindAsync(hit, cancel))?.Sha256 is not { } other)
        {
            return ProblemType.NotFound.With($"There is no item \"{hit}\".");
        }

        if (one == other)
        {
            return ProblemType.BadFeedback.With($"Query and hit are the same picture, {one[..16]}; there is nothing to learn from them.");
        }

        await catalogue.GiveFeedbackAsync(
            string.CompareOrdinal(one, other) < 0 ? new StoredFeedback(one, other, right) : new StoredFeedback(other, one, right), cancel);
        return TypedResults.NoContent();
    }

    private static async ValueTask<string?> PictureAsync(string query, SqliteCatalogue catalogue, CancellationToken cancel)
    {
        if (!query.StartsWith(HashPrefix, StringComparison.Ordinal))
        {
            return (await catalogue.FindAsync(query, cancel))?.Sha256;
        }

        var sha256 = query[HashPrefix.Length..].ToLowerInvariant();
        return await catalogue.HasPictureAsync(sha256, cancel) ? sha256 : null;
    }
}
