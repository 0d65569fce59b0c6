using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Http;
using Dml.Api.Security;
using Dml.Contracts;
using Dml.Embedding;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Items;

/// <summary>Endpoints of the catalogue's items: add, replace, list, read, change, delete.</summary>
internal static class ItemsApi
{
    private const int DefaultLimit = 100;
    private const int MostItems = 1000;

    public static void MapItemsApi(this IEndpointRouteBuilder routes)
    {
        var items = routes.MapGroup("/items").WithTags("Items");
        items.MapPut("{id}", Put)
            .RequireRole(Role.Write)
            .WithSummary("Add or replace an item")
            .WithDescription(
                "201 if it is new, 200 if it replaced one. The response is sent when the item is durable and searches find it.")
            .WithMetadata(new PictureBody(WithFields: true))
            .Refuses([
                ProblemType.BadId,
                ProblemType.BadLabel,
                ProblemType.BadAttributes,
                ProblemType.NoGeneration,
                .. Refusals.OfPictures,
            ]);
        items
            .MapPost("", Post)
            .RequireRole(Role.Write)
            .WithSummary("Add an item; the service chooses its id")
            .WithMetadata(new PictureBody(WithFields: true))
            .Refuses([ProblemType.BadLabel, ProblemType.BadAttributes, ProblemType.NoGeneration, .. Refusals.OfPictures]);
        items.MapGet("", List)
            .RequireRole(Role.Search)
            .WithSummary("List items in a stable order")
            .Refuses(ProblemType.BadParameter, ProblemType.BadCursor);
        items.MapGet("{id}", Get)
            .RequireRole(Role.Search)
            .WithSummary("Get an item")
            .Refuses(ProblemType.NotFound);
        items.MapPatch("{id}", Patch)
            .RequireRole(Role.Write)
            .WithSummary("Change label and attributes (JSON merge patch)")
            .WithDescription("null removes a label or an attribute; members that are not named remain unchanged.")
            .Accepts<JsonObject>("application/merge-patch+json", "application/json")
            .Refuses(ProblemType.BadPatch, ProblemType.NotFound);
        items.MapDelete("{id}", Delete)
            .RequireRole(Role.Write)
            .WithSummary("Delete an item")
            .Refuses(ProblemType.NotFound);
    }

    private static async Task<Results<Created<Item>, Ok<Item>, ProblemHttpResult>> Put(
        string id, HttpRequest request, ItemIntake intake, CancellationToken cancel)
    {
        if (!ItemId.IsValid(id))
        {
            return ProblemType.BadId.With(ItemId.Rule);
        }

        var form = await PictureForm.ReadAsync(request, cancel);
        if (!form.Succeeded)
        {
            return form.Refusal.ToProblem();
        }

        var put = await PutAsync(id, form.Value, intake, cancel);
        if (!put.Succeeded)
        {
            return put.Refusal.ToProblem(request.HttpContext.Response);
        }

        var item = put.Value.Item.ToItem();
        return put.Value.Created ? TypedResults.Created($"/items/{id}", item) : TypedResults.Ok(item);
    }

    private static async Task<Results<Created<Item>, ProblemHttpResult>> Post(
        HttpRequest request, ItemIntake intake, CancellationToken cancel)
    {
        var form = await PictureForm.ReadAsync(request, cancel);
        if (!form.Succeeded)
        {
            return form.Refusal.ToProblem();
        }

        var id = ItemId.Create();
        var put = await PutAsync(id, form.Value, intake, cancel);
        return put.Succeeded
            ? TypedResults.Created($"/items/{id}", put.Value.Item.ToItem())
            : put.Refusal.ToProblem(request.HttpContext.Response);
    }

    private static Task<Result<PutResult>> PutAsync(string id, PictureForm form, ItemIntake intake, CancellationToken cancel) =>
        intake.PutAsync(id, form.Image, form.Label, form.Attributes, EmbedPriority.Request, cancel);

    private static async Task<Results<Ok<ItemPage>, ProblemHttpResult>> List(
        [Description("Only items with this label.")] string? label,
        [Description("nextCursor of the previous page.")] string? cursor,
        [Description("Maximum number of items, 1 to 1000."), DefaultValue(DefaultLimit)] int? limit,
        SqliteCatalogue catalogue,
        CancellationToken cancel)
    {
        if (limit is < 1 or > MostItems)
        {
            return ProblemType.BadParameter.With($"limit is {limit}; expected 1 to {MostItems}.");
        }

        if (!Cursor.TryRead(cursor, out var after))
        {
            return ProblemType.BadCursor.With("Pass the nextCursor of the previous page unchanged, or none for the first page.");
        }

        var wanted = limit ?? DefaultLimit;
        // One more than requested tells whether there is a next page.
        var known = string.IsNullOrEmpty(label) ? null : CatalogueText.TryCompose(label, out var composed) ? composed : label;
        var rows = await catalogue.ListAsync(known, after, wanted + 1, cancel);
        var items = rows.Take(wanted).Select(ItemMapping.ToItem).ToList();
        return TypedResults.Ok(new ItemPage(items, rows.Count > wanted ? Cursor.Write(rows[wanted - 1].Key) : null));
    }

    private static async Task<Results<Ok<Item>, ProblemHttpResult>> Get(string id, SqliteCatalogue catalogue, CancellationToken cancel) =>
        await catalogue.FindAsync(id, cancel) is { } item ? TypedResults.Ok(item.ToItem()) : NotFound(id);

    private static async Task<Results<Ok<Item>, ProblemHttpResult>> Patch(
        string id, HttpRequest request, SqliteCatalogue catalogue, CancellationToken cancel)
    {
        JsonNode? json;
        try
        {
            json = await JsonNode.ParseAsync(request.Body, cancellationToken: cancel);
        }
        catch (JsonException exception)
        {
            return ProblemType.BadPatch.With($"The body is not JSON: {exception.Message}");
        }

        try
        {
            if (!ItemPatch.TryParse(json, out var patch, out var error))
            {
                return ProblemType.BadPatch.With(error);
            }

            return await catalogue.PatchAsync(id, patch, cancel) is { } item ? TypedResults.Ok(item.ToItem()) : NotFound(id);
        }
        catch (Exception exception) when (exception is PatchException or ArgumentException)
        {
            // ArgumentException: an object contains the same member twice.
            return ProblemType.BadPatch.With(exception.Message);
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, SqliteCatalogue catalogue,
        CancellationToken cancel) => await catalogue.DeleteAsync(id, cancel) ? TypedResults.NoContent() : NotFound(id);

    private static ProblemHttpResult NotFound(string id) => ProblemType.NotFound.With($"There is no item \"{id}\".");
}
