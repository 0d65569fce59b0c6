namespace Dml.Client;

/// <summary>The fields of an item beside its picture.</summary>
public sealed record ItemFields
{
    /// <summary>Its class, up to 256 characters; null for none.</summary>
    public string? Label { get; init; }

    /// <summary>Strings, numbers and booleans by name; null for none.</summary>
    public IReadOnlyDictionary<string, object>? Attributes { get; init; }
}
