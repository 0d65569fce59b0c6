using System.Net.Http.Headers;
using Dml.Contracts;

namespace Dml.Client;

/// <summary>What must hold of an item for a write to take place; otherwise it fails with 412 <see cref="ProblemCode.Changed"/>.</summary>
public sealed class ItemMatch
{
    private readonly string? _version;

    private ItemMatch(string? version) => _version = version;

    /// <summary>There is no item with the id.</summary>
    public static ItemMatch None { get; } = new(null);

    /// <summary>The item has not changed since it was read.</summary>
    public static ItemMatch Of(Item item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return new ItemMatch($"\"{item.Version}\"");
    }

    internal void AddTo(HttpRequestHeaders headers)
    {
        if (_version is null)
        {
            headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        }
        else
        {
            headers.IfMatch.Add(new EntityTagHeaderValue(_version));
        }
    }
}
