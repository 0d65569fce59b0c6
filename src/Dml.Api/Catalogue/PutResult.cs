namespace Dml.Api.Catalogue;

/// <summary>The stored item and the one that it replaced, if any.</summary>
internal readonly record struct PutResult(StoredItem Item, StoredItem? Former)
{
    public bool Created => Former is null;
}
