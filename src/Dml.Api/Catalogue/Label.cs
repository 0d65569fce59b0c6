namespace Dml.Api.Catalogue;

/// <summary>An item's label: the class that it belongs to, up to 256 characters.</summary>
internal static class Label
{
    public const string Rule = "A label has 256 characters at most and no control characters.";

    /// <summary>Trims the label; blank means none.</summary>
    public static bool TryParse(string? text, out string? label)
    {
        label = string.IsNullOrWhiteSpace(text) ? null : text.Trim();
        return label is null || (label.Length <= 256 && !label.Any(char.IsControl));
    }
}
