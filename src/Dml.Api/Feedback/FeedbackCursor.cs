using Dml.Api.Catalogue;

namespace Dml.Api.Feedback;

/// <summary>The position of a feedback list's next page: after the last pair returned.</summary>
internal static class FeedbackCursor
{
    public static string Write(string one, string other) => $"{one}-{other}";

    public static bool TryRead(string? cursor, out string one, out string other)
    {
        (one, other) = ("", "");
        if (string.IsNullOrEmpty(cursor))
        {
            return true;
        }

        if (cursor.Split('-') is not [var first, var second] || !PictureHash.IsValid(first) || !PictureHash.IsValid(second))
        {
            return false;
        }

        (one, other) = (first, second);
        return true;
    }
}
