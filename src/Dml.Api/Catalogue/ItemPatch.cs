using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dml.Api.Catalogue;

/// <summary>A JSON merge patch of an item's <c>label</c> and <c>attributes</c>; null removes.</summary>
internal sealed class ItemPatch
{
    private readonly bool _changesLabel;
    private readonly string? _label;
    private readonly bool _clearsAttributes;
    private readonly JsonObject? _attributes;

    private ItemPatch(bool changesLabel, string? label, bool clearsAttributes, JsonObject? attributes) =>
        (_changesLabel, _label, _clearsAttributes, _attributes) = (changesLabel, label, clearsAttributes, attributes);

    public static bool TryParse(JsonNode? json, [NotNullWhen(true)] out ItemPatch? patch, [NotNullWhen(false)] out string? error)
    {
        try
        {
            return TryRead(json, out patch, out error);
        }
        catch (InvalidOperationException)
        {
            // JSON text is decoded when it is read, not when it is parsed.
            (patch, error) = (null, CatalogueText.Rule);
            return false;
        }
    }

    /// <summary>Applies the patch to label and attributes.</summary>
    /// <exception cref="PatchException">The attributes would exceed their limits.</exception>
    public (string? Label, string Attributes) Apply(string? label, string attributes)
    {
        attributes = _clearsAttributes ? Attributes.None : attributes;
        if (_attributes is not null)
        {
            attributes = Attributes.TryMerge(attributes, _attributes, out var merged, out var error)
                ? merged
                : throw new PatchException(error);
        }

        return (_changesLabel ? _label : label, attributes);
    }

    private static bool TryRead(JsonNode? json, [NotNullWhen(true)] out ItemPatch? patch, [NotNullWhen(false)] out string? error)
    {
        patch = null;
        error = null;
        if (json is not JsonObject members)
        {
            error = "Expected a JSON object such as {\"label\":\"apple\",\"attributes\":{\"set\":null}}.";
            return false;
        }

        string? label = null;
        foreach (var (name, value) in members)
        {
            error ??= (name, value?.GetValueKind()) switch
            {
                ("label", null) => null,
                ("label", JsonValueKind.String) => Label.TryParse(value!.GetValue<string>(), out label) ? null : Label.Rule,
                ("attributes", null or JsonValueKind.Object) => null,
                ("label" or "attributes", _) => $"The member \"{name}\" has the wrong type.",
                _ => $"The member \"{name}\" cannot be changed; only label and attributes can.",
            };
        }

        if (error is not null)
        {
            return false;
        }

        var attributes = members["attributes"] as JsonObject;
        if (attributes is not null && !Attributes.TryMerge(Attributes.None, attributes, out _, out error))
        {
            return false;
        }

        patch = new ItemPatch(
            members.ContainsKey("label"), label, attributes is null && members.ContainsKey("attributes"), attributes);
        return true;
    }
}
