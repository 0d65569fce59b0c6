using System.Buffers.Text;
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
    private const int LongestLabel = 2000;

    public static string Write(long key) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{Version}{key}"));

    public static bool TryRead(string? cursor, out long key)
    {
        key = 0;
        if (string.IsNullOrEmpty(cursor))
        {
            return true;
        }

        Span<byte> bytes = stackalloc byte[32];
        return cursor.Length <= 40
            && Base64Url.IsValid(cursor)
            && Base64Url.TryDecodeFromChars(cursor, bytes, out var length)
            && Encoding.ASCII.GetString(bytes[..length]) is var text
            && text.StartsWith(Version, StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(Version.Length), out key)
            && key >= 0;
    }

    public static string Write(string label) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(LabelVersion + label));

    /// <summary>Reads a position in the labels; null is their beginning.</summary>
    public static bool TryReadLabel(string? cursor, out string? label)
    {
        label = null;
        if (string.IsNullOrEmpty(cursor))
        {
            return true;
        }

        var bytes = new byte[LongestLabel];
        if (cursor.Length > LongestLabel || !Base64Url.IsValid(cursor) || !Base64Url.TryDecodeFromChars(cursor, bytes, out var length)
            || !Utf8.IsValid(bytes.AsSpan(0, length)))
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length);
        label = text.StartsWith(LabelVersion, StringComparison.Ordinal) ? text[LabelVersion.Length..] : null;
        return label is not null;
    }
}
