using System.Globalization;
using System.Text;

namespace Dml.Embedding.Labels;

/// <summary>Tells text that people can see from text with characters that would make different names look the same.</summary>
public static class VisibleText
{
    private const int NonJoiner = 0x200C;
    private const int Joiner = 0x200D;
    private const int EmojiStyle = 0xFE0F;

    /// <summary>Whether a character is neither a control character nor an invisible one.</summary>
    public static bool Is(Rune rune) => !IsFormat(rune) && !Rune.IsControl(rune);

    /// <summary>Whether text has no control characters and no invisible format characters but joiners where they are needed.</summary>
    public static bool Is(string text) => HasNoFormat(text) && !text.EnumerateRunes().Any(Rune.IsControl);

    /// <summary>Whether text has no invisible format characters but joiners where they are needed. It may have several lines.</summary>
    public static bool HasNoFormat(string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        for (var i = 0; i < runes.Length; i++)
        {
            var isNeededHere = runes[i].Value is Joiner or NonJoiner
                && i > 0 && i + 1 < runes.Length && IsJoined(runes[i - 1]) && IsJoined(runes[i + 1]);
            if (IsFormat(runes[i]) && !isNeededHere)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsFormat(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    // Persian and the scripts of India are not spelled correctly without joiners, and emoji are made with them.
    private static bool IsJoined(Rune rune) =>
        rune.Value is (>= 0x0600 and <= 0x109F) or (>= 0x1780 and <= 0x18AF) or EmojiStyle
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol;
}
