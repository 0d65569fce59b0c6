using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Http;
using Dml.Embedding;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Items;

/// <summary>The catalogue's items: add, replace, list, read, change, delete.</summary>
internal static class ItemsApi
{
    private const int DefaultLimit = 100;
    private const int MostItems = 1000;

    public static void MapItemsApi(this IEndpointRouteBuilder routes)
    {
        var items = routes.MapGroup("/items").WithTags("Items");
        items.MapPut("{id}", Put)
            .WithSummary("Add or replace an item")
            .WithDescription("201 when it is new, 200 when it replaced one. When the answer comes the item is durable and searches find it.")
            .WithMetadata(new PictureBody(WithFields: true))
            .Refuses([ProblemCode.BadId, ProblemCode.BadLabel, ProblemCode.BadAttributes, ProblemCode.NoGeneration, .. Refusals.OfPictures]);
        items.MapPost("", Post)
            .WithSummary("Add an item; the server names it")
            .WithMetadata(new PictureBody(WithFields: true))
            .Refuses([ProblemCode.BadLabel, ProblemCode.BadAttributes, ProblemCode.NoGeneration, .. Refusals.OfPictures]);
        items.MapGet("", List)
            .WithSummary("List items in a stable order")
            .Refuses(ProblemCode.BadParameter, ProblemCode.BadCursor);
        items.MapGet("{id}", Get)
            .WithSummary("One item")
            .Refuses(ProblemCode.NotFound);
        items.MapPatch("{id}", Patch)
            .WithSummary("Change label and attributes (JSON merge patch)")
            .WithDescription("null removes a label or an attribute; what is not named stays.")
            .Accepts<JsonObject>("application/merge-patch+json", "application/json")
            .Refuses(ProblemCode.BadPatch, ProblemCode.NotFound);
        items.MapDelete("{id}", Delete)
            .WithSummary("Delete an item")
            .Refuses(ProblemCode.NotFound);
    }

    private static async Task<Results<Created<Item>, Ok<Item>, ProblemHttpResult>> Put(
        string id, HttpRequest request, ItemIntake intake, CancellationToken cancel)
    {
        if (!ItemId.IsValid(id))
        {
            return ProblemCode.BadId.With(ItemId.Rule);
        }

        var (form, bad) = await PictureForm.ReadAsync(request, cancel);
        if (form is null)
        {
            return bad!;
        }

        var (result, problem) = await intake.PutAsync(id, form.Image, form.Label, form.Attributes, EmbedPriority.Request, cancel);
        if (problem is not null)
        {
            return problem.WithRetryAfter(request.HttpContext.Response);
        }

        return result.Created ? TypedResults.Created($"/items/{id}", Item.Of(result.Item)) : TypedResults.Ok(Item.Of(result.Item));
    }

    private static async Task<Results<Created<Item>, ProblemHttpResult>> Post(HttpRequest request, ItemIntake intake, CancellationToken cancel)
    {
        var (form, bad) = await PictureForm.ReadAsync(request, cancel);
        if (form is null)
        {
            return bad!;
        }

        var id = ItemId.Create();
        var (result, problem) = await intake.PutAsync(id, form.Image, form.Label, form.Attributes, EmbedPriority.Request, cancel);
        return problem is null ? TypedResults.Created($"/items/{id}", Item.Of(result.Item)) : problem.WithRetryAfter(request.HttpContext.Response);
    }

    private static async Task<Results<Ok<ItemPage>, ProblemHttpResult>> List(
        [Description("Only items with this label.")] string? label,
        [Description("nextCursor of the page before.")] string? cursor,
        [Description("Items wanted, 1 to 1000."), DefaultValue(DefaultLimit)] int? limit,
        ICatalogue catalogue,
        CancellationToken cancel)
    {
        if (limit is < 1 or > MostItems)
        {
            return ProblemCode.BadParameter.With($"limit is {limit}; expected 1 to {MostItems}.");
        }

        if (!Cursor.TryRead(cursor, out var after))
        {
            return ProblemCode.BadCursor.With("Give the nextCursor of the page before, unchanged, or none for the first page.");
        }

        var wanted = limit ?? DefaultLimit;
        // One more than wanted tells whether there is a next page.
        var rows = await catalogue.ListAsync(string.IsNullOrEmpty(label) ? null : label, after, wanted + 1, cancel);
        var items = rows.Take(wanted).Select(Item.Of).ToList();
        return TypedResults.Ok(new ItemPage(items, rows.Count > wanted ? Cursor.Write(rows[wanted - 1].Key) : null));
    }

    private static async Task<Results<Ok<Item>, ProblemHttpResult>> Get(string id, ICatalogue catalogue, CancellationToken cancel) =>
        await catalogue.FindAsync(id, cancel) is { } item ? TypedResults.Ok(Item.Of(item)) : NotFound(id);

    private static async Task<Results<Ok<Item>, ProblemHttpResult>> Patch(
        string id, HttpRequest request, ICatalogue catalogue, CancellationToken cancel)
    {
        JsonNode? json;
        try
        {
            json = await JsonNode.ParseAsync(request.Body, cancellationToken: cancel);
        }
        catch (JsonException exception)
        {
            return ProblemCode.BadPatch.With($"The body is not JSON: {exception.Message}");
        }

        try
        {
            if (!ItemPatch.TryParse(json, out var patch, out var error))
            {
                return ProblemCode.BadPatch.With(error);
            }

            return await catalogue.PatchAsync(id, patch, cancel) is { } item ? TypedResults.Ok(Item.Of(item)) : NotFound(id);
        }
        catch (Exception exception) when (exception is PatchException or ArgumentException)
        {
            // ArgumentException: JSON with the same member twice.
            return ProblemCode.BadPatch.With(exception.Message);
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string id, ICatalogue catalogue, CancellationToken cancel) =>
        await catalogue.DeleteAsync(id, cancel) ? TypedResults.NoContent() : NotFound(id);

    private static ProblemHttpResult NotFound(string id) => ProblemCode.NotFound.With($"There is no item \"{id}\".");
}
