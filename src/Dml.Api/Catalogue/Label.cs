namespace Dml.Api.Catalogue;

/// <summary>An item's label: its class, up to 256 characters.</summary>
internal static class Label
{
    public const string Rule = "A label has at most 256 characters and no control characters.";

    /// <summary>Trims the label; blank means none.</summary>
    public static bool TryParse(string? text, out string? label)
    {
        label = string.IsNullOrWhiteSpace(text) ? null : text.Trim();
        return label is null || (label.Length <= 256 && !label.Any(char.IsControl));
    }
}
