using System.ComponentModel;
using Dml.Api.Catalogue;
using Dml.Api.Http;
using Dml.Api.Security;
using Dml.Contracts;
using Dml.Embedding.Labels;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Items;

/// <summary>The endpoint of the labels.</summary>
internal static class LabelsApi
{
    private const int DefaultLimit = 100;
    private const int MostLabels = 1000;

    public static void MapLabelsApi(this IEndpointRouteBuilder routes) => routes.MapGet("/labels", List)
        .WithTags("Items")
        .RequireRole(Role.Search)
        .WithSummary("List labels, with the number of items that have each")
        .WithDescription("In the order of the alphabet, whatever their case. Every acknowledged write is counted.")
        .Refuses(ProblemType.BadParameter, ProblemType.BadCursor);

    private static async Task<Results<Ok<LabelPage>, ProblemHttpResult>> List(
        [Description("Only labels that begin with this text, whatever the case.")] string? prefix,
        [Description("nextCursor of the previous page.")] string? cursor,
        [Description("Maximum number of labels, 1 to 1000."), DefaultValue(DefaultLimit)] int? limit,
        SqliteCatalogue catalogue,
        CancellationToken cancel)
    {
        if (limit is < 1 or > MostLabels)
        {
            return ProblemType.BadParameter.With($"limit is {limit}; expected 1 to {MostLabels}.");
        }

        if (!Cursor.TryReadLabel(cursor, out var after))
        {
            return ProblemType.BadCursor.With("Pass the nextCursor of the previous page unchanged, or none for the first page.");
        }

        // Labels are stored in the same form.
        if (!ComposedText.TryCompose(prefix ?? "", out var begin))
        {
            return ProblemType.BadParameter.With(ComposedText.Rule);
        }

        var wanted = limit ?? DefaultLimit;
        // One more than requested tells whether there is a next page.
        var labels = await catalogue.LabelsAsync(begin, after, wanted + 1, cancel);
        return TypedResults.Ok(new LabelPage(
            [.. labels.Take(wanted).Select(known => new LabelCount(known.Label, known.Items))],
            labels.Count > wanted ? Cursor.Write(labels[wanted - 1].Label) : null));
    }
}
