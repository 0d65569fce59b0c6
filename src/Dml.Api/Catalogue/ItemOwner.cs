namespace Dml.Api.Catalogue;

/// <summary>The key that an item is put with. The item counts against its quotas until it is deleted, or put with another key.</summary>
/// <param name="Name">The name of the key: a new key of the same name takes the items over.</param>
/// <param name="MaxItems">The most items; null for any number.</param>
/// <param name="MaxBytes">The most bytes of their pictures together; null for any number.</param>
internal sealed record ItemOwner(string Name, long? MaxItems = null, long? MaxBytes = null)
{
    public bool IsLimited => MaxItems is not null || MaxBytes is not null;
}
