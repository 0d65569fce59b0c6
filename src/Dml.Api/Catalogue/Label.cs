using System.Globalization;
using System.Text;

namespace Dml.Api.Catalogue;

/// <summary>An item's label: its class, up to 256 characters.</summary>
internal static class Label
{
    public const string Rule =
        "A label has at most 256 characters of valid Unicode. It has no control characters and no invisible format characters such as "
        + "U+202E, which would make different labels look the same.";

    private const int MostCharacters = 256;
    private const int NonJoiner = 0x200C;
    private const int Joiner = 0x200D;
    private const int EmojiStyle = 0xFE0F;

    /// <summary>Trims and composes the label; blank means none.</summary>
    public static bool TryParse(string? text, out string? label)
    {
        label = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        if (CatalogueText.TryCompose(text.Trim(), out var composed) && composed.Length <= MostCharacters && IsVisible(composed))
        {
            label = composed;
        }

        return label is not null;
    }

    /// <summary>Whether a character is neither a control character nor an invisible one.</summary>
    public static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static bool IsVisible(string label)
    {
        Rune[] runes = [.. label.EnumerateRunes()];
        for (var i = 0; i < runes.Length; i++)
        {
            var isNeededHere = runes[i].Value is Joiner or NonJoiner
                && i > 0 && i + 1 < runes.Length && IsJoined(runes[i - 1]) && IsJoined(runes[i + 1]);
            if (!IsVisible(runes[i]) && !isNeededHere)
            {
                return false;
            }
        }

        return true;
    }

    // Persian and the scripts of India are not spelled correctly without joiners, and emoji are made with them.
    private static bool IsJoined(Rune rune) =>
        rune.Value is (>= 0x0600 and <= 0x109F) or (>= 0x1780 and <= 0x18AF) or EmojiStyle
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol;
}
