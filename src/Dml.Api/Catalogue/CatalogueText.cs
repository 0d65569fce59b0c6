using System.Diagnostics.CodeAnalysis;
using System.Text;
using Dml.Embedding.Labels;

namespace Dml.Api.Catalogue;

/// <summary>Text of the catalogue: valid Unicode in Normalization Form C, so that what looks equal is equal.</summary>
internal static class CatalogueText
{
    public const string Rule = "The text is not valid Unicode: it has half of a surrogate pair, or bytes that are not UTF-8.";

    /// <summary>Returns the text in form C; false when it has half of a surrogate pair.</summary>
    public static bool TryCompose(string text, [NotNullWhen(true)] out string? composed)
    {
        composed = IsUnicode(text) ? ComposedText.Of(text) : null;
        return composed is not null;
    }

    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
            {
                return false;
            }

            i += rune.Utf16SequenceLength;
        }

        return true;
    }
}
