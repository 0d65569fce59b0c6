using Dml.Embedding.Labels;

namespace Dml.Api.Catalogue;

/// <summary>An item's label: its class, up to 256 characters.</summary>
internal static class Label
{
    public const string Rule =
        "A label has at most 256 characters of valid Unicode. It has no control characters and no invisible format characters such as "
        + "U+202E, which would make different labels look the same.";

    private const int MostCharacters = 256;

    /// <summary>Trims and composes the label; blank means none.</summary>
    public static bool TryParse(string? text, out string? label)
    {
        label = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        if (LabelText.TryClean(text, out var composed) && composed.Length <= MostCharacters && VisibleText.Is(composed))
        {
            label = composed;
        }

        return label is not null;
    }
}
