using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Dml.Api.Items;

/// <summary>
/// The position of a list's next page: after the last key or label returned, so that changes in the meantime do not shift pages.
/// </summary>
internal static class Cursor
{
    private const string Version = "1.";
    private const string LabelVersion = "L1.";
    private const int LongestKey = 40;
    private const int LongestLabel = 2000;

    public static string Write(long key) => Encode($"{Version}{key}");

    public static string Write(string label) => Encode(LabelVersion + label);

    /// <summary>Reads a position in the keys; 0 is their beginning.</summary>
    public static bool TryRead(string? cursor, out long key)
    {
        key = 0;
        return string.IsNullOrEmpty(cursor)
            || (TryDecode(cursor, Version, LongestKey, out var text) && long.TryParse(text, out key) && key >= 0);
    }

    /// <summary>Reads a position in the labels; null is their beginning.</summary>
    public static bool TryReadLabel(string? cursor, out string? label)
    {
        label = null;
        return string.IsNullOrEmpty(cursor) || TryDecode(cursor, LabelVersion, LongestLabel, out label);
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static bool TryDecode(string cursor, string version, int longest, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (cursor.Length > longest || !Base64Url.IsValid(cursor))
        {
            return false;
        }

        var bytes = Base64Url.DecodeFromChars(cursor);
        var whole = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : "";
        text = whole.StartsWith(version, StringComparison.Ordinal) ? whole[version.Length..] : null;
        return text is not null;
    }
}
