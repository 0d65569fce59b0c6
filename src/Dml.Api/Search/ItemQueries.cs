using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Items;
using Dml.Api.Limits;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Search;

/// <summary>Items as queries: the vector of the whole picture is in the index, that of a region is made of the stored picture.</summary>
internal sealed class ItemQueries(SqliteCatalogue catalogue, DamagedPictures damaged)
{
    /// <param name="generation">The generation of the request.</param>
    /// <param name="isOther">Whether the request names it, rather than searching the active one.</param>
    /// <param name="id">Of the item.</param>
    /// <param name="region">The part of its picture to search with; null for the whole of it.</param>
    /// <param name="account">Pays for a region.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async ValueTask<Result<ItemQuery>> FindAsync(
        Generation generation, bool isOther, string id, PictureRegion? region, Account account, CancellationToken cancel)
    {
        if (await catalogue.FindAsync(id, cancel) is not { } item)
        {
            return new Refusal(ProblemCode.NotFound, $"There is no item \"{id}\".");
        }

        return region is null or { IsWhole: true } ? OfWhole(generation, isOther, item)
            : await OfRegionAsync(generation, item, region, account, cancel);
    }

    private static Result<ItemQuery> OfWhole(Generation generation, bool isOther, StoredItem item)
    {
        var vector = new float[generation.Dimension];
        return generation.Index.TryGetVector(item.Key, vector) ? new ItemQuery(item.Key, vector, 0, 0)
            : isOther ? new Refusal(
                ProblemCode.NotFound,
                $"Generation {generation.Number} has not embedded the item \"{item.Id}\". Search by the item's picture instead.")
            : new Refusal(
                ProblemCode.NoGeneration, $"The new embedder has not embedded the item \"{item.Id}\" yet. Try again in a moment.");
    }

    private async ValueTask<Result<ItemQuery>> OfRegionAsync(
        Generation generation, StoredItem item, PictureRegion region, Account account, CancellationToken cancel)
    {
        byte[] picture;
        try
        {
            picture = await ReadAsync(item, cancel);
        }
        catch (Exception exception) when (DamagedPictures.IsFaultOfPicture(exception))
        {
            return damaged.Report(item, DamagedPictures.ProblemOf(exception));
        }

        var embedded = await generation.EmbedAsync(picture, account, cancel, region: region);
        return embedded switch
        {
            { Vector: { } vector } => new ItemQuery(item.Key, vector, embedded.DecodeMilliseconds, embedded.EmbedMilliseconds),
            { Error: { Problem: PictureProblem.Damaged or PictureProblem.NotAPicture or PictureProblem.Empty } error } =>
                damaged.Report(item, error.Message),
            _ => embedded.Error!.ToRefusal(),
        };
    }

    // The item may have been replaced since its row was read: then its new picture is read.
    private async ValueTask<byte[]> ReadAsync(StoredItem item, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllBytesAsync(catalogue.PicturePath(item), cancel);
        }
        catch (FileNotFoundException)
        {
            if (await catalogue.FindAsync(item.Id, cancel) is not { } now || now.Sha256 == item.Sha256)
            {
                throw;
            }

            return await File.ReadAllBytesAsync(catalogue.PicturePath(now), cancel);
        }
    }
}

/// <summary>An item's vector, and what it cost to make it; nothing where the index had it.</summary>
internal sealed record ItemQuery(long Key, float[] Vector, double DecodeMilliseconds, double EmbedMilliseconds);
