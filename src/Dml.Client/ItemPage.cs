namespace Dml.Client;

/// <summary>Some items in the order of their making; <c>NextCursor</c> is null on the last page.</summary>
public sealed record ItemPage(IReadOnlyList<Item> Items, string? NextCursor);
