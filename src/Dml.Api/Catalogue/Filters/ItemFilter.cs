namespace Dml.Api.Catalogue.Filters;

/// <summary>A condition on an item's label and attributes, as <see cref="FilterParser"/> reads it.</summary>
internal abstract record ItemFilter
{
    /// <summary>Both conditions hold.</summary>
    internal sealed record And(ItemFilter One, ItemFilter Other) : ItemFilter;

    /// <summary>At least one condition holds.</summary>
    internal sealed record Or(ItemFilter One, ItemFilter Other) : ItemFilter;

    /// <summary>The condition does not hold.</summary>
    internal sealed record Not(ItemFilter Condition) : ItemFilter;

    /// <summary>The item has this label.</summary>
    internal sealed record Label(string Value) : ItemFilter;

    /// <summary>The item has a label that contains this text, whatever the case; with an empty text, any label.</summary>
    internal sealed record LabelContains(string Value) : ItemFilter;

    /// <summary>The item has an attribute of this name, whatever its value.</summary>
    internal sealed record Exists(string Name) : ItemFilter;

    /// <summary>The attribute is this text, or the boolean that is written like it.</summary>
    internal sealed record Text(string Name, string Value) : ItemFilter;

    /// <summary>The attribute is a number that compares with <paramref name="Value"/> as the operator says.</summary>
    /// <param name="Name">Name of the attribute.</param>
    /// <param name="Operator"><c>:</c>, <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c> or <c>&gt;=</c>.</param>
    /// <param name="Value">The number.</param>
    internal sealed record Number(string Name, string Operator, AttributeNumber Value) : ItemFilter;
}
