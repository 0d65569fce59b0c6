using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Catalogue.Filters;
using Dml.Api.Failures;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Embedding.Labels;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

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
                "201 if it is new, 200 if it replaced one. The response is sent when the item is durable and searches find it. With "
                + "`If-None-Match: *` it is only added, with `If-Match` and an ETag only replaced if it has not changed since.")
            .WithMetadata(new PictureBody(PictureFields.Item))
            .Refuses([
                ProblemType.Changed,
                ProblemType.QuotaFull,
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
            .WithMetadata(new PictureBody(PictureFields.Item))
            .Refuses([
                ProblemType.BadLabel, ProblemType.BadAttributes, ProblemType.NoGeneration, ProblemType.QuotaFull,
                .. Refusals.OfPictures,
            ]);
        items.MapGet("", List)
            .RequireRole(Role.Search)
            .WithSummary("List items in a stable order")
            .Refuses(ProblemType.BadParameter, ProblemType.BadFilter, ProblemType.BadCursor);
        items.MapGet("{id}", Get)
            .RequireRole(Role.Search)
            .WithSummary("Get an item")
            .WithDescription("Its ETag changes with every change of the item; with If-None-Match the answer is 304 while it is the same.")
            .Produces(304)
            .Refuses(ProblemType.NotFound);
        items.MapPatch("{id}", Patch)
            .RequireRole(Role.Write)
            .WithSummary("Change label and attributes (JSON merge patch)")
            .WithDescription("null removes a label or an attribute; members that are not named remain unchanged. If-Match as for PUT.")
            .Accepts<JsonObject>("application/merge-patch+json", "application/json")
            .Refuses(ProblemType.BadPatch, ProblemType.NotFound, ProblemType.Changed);
        items.MapDelete("{id}", Delete)
            .RequireRole(Role.Write)
            .Audited("item.delete")
            .WithSummary("Delete an item")
            .WithDescription("If-Match as for PUT.")
            .Refuses(ProblemType.NotFound, ProblemType.Changed);
    }

    private static async Task<Results<Created<Item>, Ok<Item>, ProblemHttpResult>> Put(
        string id, HttpContext context, ItemIntake intake, Accounts accounts, SqliteCatalogue catalogue, CancellationToken cancel)
    {
        if (!ItemId.IsValid(id))
        {
            return ProblemType.BadId.With(ItemId.Rule);
        }

        var condition = ConditionOf(context.Request);
        if (!condition.Succeeded)
        {
            return condition.Refusal.ToProblem();
        }

        // Once before the work and once more where it counts, in the transaction.
        if (await FaultOfAsync(id, condition.Value, catalogue, cancel) is { } fault)
        {
            return fault.ToProblem();
        }

        var form = await PictureForm.ReadAsync(context.Request, cancel);
        if (!form.Succeeded)
        {
            return form.Refusal.ToProblem();
        }

        var put = await PutAsync(id, form.Value, intake, accounts.Of(context), cancel, condition.Value);
        if (!put.Succeeded)
        {
            return put.Refusal.ToProblem(context.Response);
        }

        SetTag(context.Response, put.Value.Item);
        var item = put.Value.Item.ToItem();
        return put.Value.Created ? TypedResults.Created($"/items/{id}", item) : TypedResults.Ok(item);
    }

    private static async Task<Results<Created<Item>, ProblemHttpResult>> Post(
        HttpContext context, ItemIntake intake, Accounts accounts, CancellationToken cancel)
    {
        var form = await PictureForm.ReadAsync(context.Request, cancel);
        if (!form.Succeeded)
        {
            return form.Refusal.ToProblem();
        }

        var id = ItemId.Create();
        var put = await PutAsync(id, form.Value, intake, accounts.Of(context), cancel);
        if (!put.Succeeded)
        {
            return put.Refusal.ToProblem(context.Response);
        }

        SetTag(context.Response, put.Value.Item);
        return TypedResults.Created($"/items/{id}", put.Value.Item.ToItem());
    }

    private static Task<Result<PutResult>> PutAsync(
        string id, PictureForm form, ItemIntake intake, Account account, CancellationToken cancel, ItemCondition? condition = null) =>
        intake.PutAsync(id, form.Image, form.Label, form.Attributes, EmbedPriority.Request, account, cancel, condition);

    private static async Task<Results<Ok<ItemPage>, ProblemHttpResult>> List(
        [Description("Only items with this label.")] string? label,
        [Description("Only items that match, such as `label~apple` or `attr.set exists`; see the searches.")] string? filter,
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
        var known = string.IsNullOrEmpty(label) ? null : LabelText.Clean(label);
        ItemFilter? match = null;
        if (!string.IsNullOrWhiteSpace(filter) && !FilterParser.TryParse(filter, out match, out var error))
        {
            return ProblemType.BadFilter.With(error);
        }

        var rows = match is null
            ? await catalogue.ListAsync(known, after, wanted + 1, cancel)
            : await MatchingAsync(
                catalogue, known is null ? match : new ItemFilter.And(new ItemFilter.Label(known), match), after, wanted + 1, cancel);
        var items = rows.Take(wanted).Select(ItemMapping.ToItem).ToList();
        return TypedResults.Ok(new ItemPage(items, rows.Count > wanted ? Cursor.Write(rows[wanted - 1].Key) : null));
    }

    private static async Task<IReadOnlyList<StoredItem>> MatchingAsync(
        SqliteCatalogue catalogue, ItemFilter filter, long after, int limit, CancellationToken cancel)
    {
        var keys = (await catalogue.KeysAsync(filter, cancel)).ToArray();
        var place = Array.BinarySearch(keys, after + 1);
        var at = place < 0 ? ~place : place;
        var items = new List<StoredItem>();
        // Those that were deleted a moment ago are replaced by the next ones.
        for (int count; items.Count < limit && (count = Math.Min(limit - items.Count, keys.Length - at)) > 0; at += count)
        {
            items.AddRange((await catalogue.FindAsync(keys[at..(at + count)], cancel)).OfType<StoredItem>());
        }

        return items;
    }

    private static async Task<Results<Ok<Item>, StatusCodeHttpResult, ProblemHttpResult>> Get(
        string id, HttpContext context, SqliteCatalogue catalogue, CancellationToken cancel)
    {
        if (await catalogue.FindAsync(id, cancel) is not { } item)
        {
            return NotFound(id);
        }

        var tag = SetTag(context.Response, item);
        return context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(item.ToItem());
    }

    private static async Task<Results<Ok<Item>, ProblemHttpResult>> Patch(
        string id, HttpContext context, SqliteCatalogue catalogue, CancellationToken cancel)
    {
        var condition = ConditionOf(context.Request);
        if (!condition.Succeeded)
        {
            return condition.Refusal.ToProblem();
        }

        JsonNode? json;
        try
        {
            json = await JsonNode.ParseAsync(context.Request.Body, documentOptions: Attributes.Once, cancellationToken: cancel);
        }
        catch (JsonException exception)
        {
            return ProblemType.BadPatch.With($"The body is not JSON: {exception.Message}");
        }
        catch (InvalidOperationException)
        {
            // Of names, which are compared with one another.
            return ProblemType.BadPatch.With(ComposedText.Rule);
        }

        try
        {
            if (!ItemPatch.TryParse(json, out var patch, out var error))
            {
                return ProblemType.BadPatch.With(error);
            }

            if (await catalogue.PatchAsync(id, patch, cancel, condition.Value) is not { } item)
            {
                return NotFound(id);
            }

            SetTag(context.Response, item);
            return TypedResults.Ok(item.ToItem());
        }
        catch (WriteRefusedException refused)
        {
            return refused.Refusal.ToProblem();
        }
        catch (Exception exception) when (exception is PatchException or ArgumentException)
        {
            // ArgumentException: an object contains the same member twice.
            return ProblemType.BadPatch.With(exception.Message);
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, HttpRequest request, SqliteCatalogue catalogue, CancellationToken cancel)
    {
        var condition = ConditionOf(request);
        if (!condition.Succeeded)
        {
            return condition.Refusal.ToProblem();
        }

        try
        {
            return await catalogue.DeleteAsync(id, cancel, condition.Value) ? TypedResults.NoContent() : NotFound(id);
        }
        catch (WriteRefusedException refused)
        {
            return refused.Refusal.ToProblem();
        }
    }

    private static Result<ItemCondition> ConditionOf(HttpRequest request)
    {
        var read = Conditions.Read(request);
        return read.Succeeded ? new ItemCondition(read.Value.Wanted, read.Value.Unwanted) : read.Refusal;
    }

    private static async ValueTask<Refusal?> FaultOfAsync(
        string id, ItemCondition condition, SqliteCatalogue catalogue, CancellationToken cancel) =>
        condition.IsNone ? null : condition.FaultOf(id, await catalogue.FindAsync(id, cancel));

    private static EntityTagHeaderValue SetTag(HttpResponse response, StoredItem item)
    {
        var tag = new EntityTagHeaderValue($"\"{ItemCondition.VersionOf(item)}\"");
        response.GetTypedHeaders().ETag = tag;
        return tag;
    }

    private static ProblemHttpResult NotFound(string id) => ProblemType.NotFound.With($"There is no item \"{id}\".");
}
