namespace Dml.Api.Catalogue;

/// <summary>The item as stored, and the one that it replaced.</summary>
internal readonly record struct PutResult(StoredItem Item, StoredItem? Former)
{
    public bool Created => Former is null;
}
