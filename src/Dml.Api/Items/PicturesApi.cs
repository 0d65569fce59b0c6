using System.ComponentModel;
using Dml.Api.Catalogue;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Api.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace Dml.Api.Items;

/// <summary>Endpoints of the items' pictures and thumbnails.</summary>
internal static class PicturesApi
{
    private const int DefaultSize = 256;
    private const int SmallestSize = 16;
    private const int LargestSize = 1024;

    public static void MapPicturesApi(this IEndpointRouteBuilder routes)
    {
        var pictures = routes.MapGroup("/items/{id}").WithTags("Items");
        pictures.MapGet("image", Image)
            .RequireRole(Role.Search)
            .WithSummary("Get an item's picture as it was uploaded")
            .Produces<FileResult>(200, "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/tiff")
            .Produces<FileResult>(206, "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/tiff").Produces(304)
            .Refuses(ProblemType.NotFound, ProblemType.Changed, ProblemType.BadRange, ProblemType.DamagedPicture);
        pictures.MapGet("thumbnail", Thumbnail)
            .RequireRole(Role.Search)
            .WithSummary("Get an item's picture as a WebP that fits into a square")
            .Produces<FileResult>(200, "image/webp").Produces(304)
            .Refuses(ProblemType.BadParameter, ProblemType.NotFound, ProblemType.Changed, ProblemType.DamagedPicture);
    }

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Image(
        string id, [Description("The item's sha256 or a prefix of it: the response can then be cached indefinitely.")] string? v,
        HttpResponse response, SqliteCatalogue catalogue, DamagedPictures damaged, KeyRing keys, CancellationToken cancel)
    {
        var (item, file) = await OpenAsync(catalogue, id, cancel);
        if (item is null || file is null)
        {
            return Missing(id, item, damaged);
        }

        // Of the right length, with other bytes.
        if (damaged.CheckAgain(item.Sha256) is { } problem)
        {
            await file.DisposeAsync();
            return damaged.Report(item, problem).ToProblem();
        }

        SetCaching(response, item, v, keys);
        return TypedResults.Stream(file, item.ContentType, entityTag: Tag(item.Sha256), enableRangeProcessing: true);
    }

    private static async Task<Results<FileContentHttpResult, StatusCodeHttpResult, ProblemHttpResult>> Thumbnail(
        string id,
        [Description("Side of the square in pixels, 16 to 1024."), DefaultValue(DefaultSize)] int? size,
        [Description("The item's sha256 or a prefix of it: the response can then be cached indefinitely.")] string? v,
        HttpContext context, SqliteCatalogue catalogue, Thumbnails thumbnails, DamagedPictures damaged, KeyRing keys,
        CancellationToken cancel)
    {
        if (size is < SmallestSize or > LargestSize)
        {
            return ProblemType.BadParameter.With($"size is {size}; expected {SmallestSize} to {LargestSize} pixels.");
        }

        var (item, file) = await OpenAsync(catalogue, id, cancel);
        await using var open = file;
        if (item is null || file is null)
        {
            return Missing(id, item, damaged);
        }

        SetCaching(context.Response, item, v, keys);
        var tag = Tag($"{item.Sha256}-{size ?? DefaultSize}");
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
        {
            context.Response.GetTypedHeaders().ETag = tag;
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        }

        var made = await thumbnails.MakeAsync(file, size ?? DefaultSize, RequestLimits.NameOf(context), cancel);
        if (made.Error is { } error)
        {
            context.Response.Headers.CacheControl = "no-store";
            return damaged.Report(item, error.Message).ToProblem();
        }

        return TypedResults.File(made.WebP, "image/webp", entityTag: tag);
    }

    // An open file survives its deletion. The item may be replaced between reading its row and opening the file: try again then.
    private static async Task<(StoredItem? Item, FileStream? File)> OpenAsync(
        SqliteCatalogue catalogue, string id, CancellationToken cancel)
    {
        StoredItem? item = null;
        for (var attempt = 0; attempt < 2 && (item = await catalogue.FindAsync(id, cancel)) is not null; attempt++)
        {
            try
            {
                var file = new FileStream(
                    catalogue.PicturePath(item), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
                if (file.Length == item.Bytes)
                {
                    return (item, file);
                }

                await file.DisposeAsync();
            }
            catch (FileNotFoundException)
            {
            }
        }

        return (item, null);
    }

    private static void SetCaching(HttpResponse response, StoredItem item, string? version, KeyRing keys)
    {
        var isPinned = version?.Length >= 8 && item.Sha256.StartsWith(version, StringComparison.Ordinal);
        // The picture of an id may be replaced at any time, that of a SHA-256 never.
        response.Headers.CacheControl = isPinned ? $"{(keys.IsRequired ? "private" : "public")}, max-age=31536000, immutable" : "no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
    }

    private static EntityTagHeaderValue Tag(string value) => new($"\"{value}\"");

    private static ProblemHttpResult Missing(string id, StoredItem? item, DamagedPictures damaged) => item is null
        ? ProblemType.NotFound.With($"There is no item \"{id}\".")
        : damaged.Report(item, "Its file is missing or has another length.").ToProblem();
}
