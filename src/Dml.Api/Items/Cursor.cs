using System.Buffers.Text;
using System.Text;

namespace Dml.Api.Items;

/// <summary>The position of a list's next page: after the last key returned, so that changes in the meantime do not shift pages.</summary>
internal static class Cursor
{
    private const string Version = "1.";

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
}
