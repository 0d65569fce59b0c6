namespace Dml.Api.Catalogue.Filters;

/// <summary>The fields of an item that filters look at.</summary>
/// <param name="Label">Null for none.</param>
/// <param name="Attributes">A JSON object of strings, numbers and booleans.</param>
internal readonly record struct ItemFields(string? Label, string Attributes);

/// <summary>A change of one item: null before it was added, and after it was deleted.</summary>
internal readonly record struct FieldChange(long Key, ItemFields? Former, ItemFields? Now);
