using System.Globalization;
using Dml.Api.Failures;
using Dml.Contracts;

namespace Dml.Api.Catalogue;

/// <summary>
/// What must hold of an item for a write to take place. A version is that of the item, which every change renews, or the SHA-256 of its
/// picture.
/// </summary>
/// <param name="Wanted">One of these versions must be there; null for no condition. Empty: there must be an item of any version.</param>
/// <param name="Unwanted">None of these versions may be there; null for no condition. Empty: there must be no item.</param>
internal sealed record ItemCondition(IReadOnlyList<string>? Wanted, IReadOnlyList<string>? Unwanted)
{
    /// <summary>Whether it always holds.</summary>
    public bool IsNone => Wanted is null && Unwanted is null;

    /// <summary>The item's version, which every change of it renews.</summary>
    public static string VersionOf(StoredItem item) =>
        string.Create(CultureInfo.InvariantCulture, $"{item.Key:x}-{item.Sequence:x}-{item.Sha256[..16]}");

    /// <summary>Why it does not hold; null when it does.</summary>
    public Refusal? FaultOf(string id, StoredItem? item)
    {
        if (item is null)
        {
            return Wanted is null ? null : new Refusal(ProblemCode.Changed, $"If-Match: there is no item \"{id}\".");
        }

        if (Wanted is { Count: > 0 } && !Wanted.Any(version => Names(version, item)))
        {
            return new Refusal(
                ProblemCode.Changed, $"If-Match: the item \"{id}\" has changed; its ETag is \"{VersionOf(item)}\" now.");
        }

        return Unwanted is not null && (Unwanted.Count == 0 || Unwanted.Any(version => Names(version, item)))
            ? new Refusal(
                ProblemCode.Changed, $"If-None-Match: there is an item \"{id}\" already; its ETag is \"{VersionOf(item)}\".")
            : null;
    }

    /// <exception cref="WriteRefusedException">It does not hold.</exception>
    public void Check(string id, StoredItem? item)
    {
        if (FaultOf(id, item) is { } fault)
        {
            throw new WriteRefusedException(fault);
        }
    }

    private static bool Names(string version, StoredItem item) => version == VersionOf(item) || version == item.Sha256;
}
