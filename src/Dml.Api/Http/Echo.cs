using System.Text.RegularExpressions;

namespace Dml.Api.Http;

/// <summary>Bounds what an answer repeats of a request: a name of a megabyte is not sent back whole.</summary>
internal static partial class Echo
{
    private const int LongestQuote = 200;
    private const int LongestText = 1000;

    /// <summary>Cuts what stands in quotes to 200 characters, and the whole to 1,000.</summary>
    public static string Shorten(string text)
    {
        var cut = text.Length > LongestQuote
            ? Quoted().Replace(text, quoted => $"\"{quoted.Value[1..(1 + Whole(quoted.Value[1..], LongestQuote))]}…\"")
            : text;
        return cut.Length <= LongestText ? cut : $"{cut[..Whole(cut, LongestText)]}…";
    }

    // Not between the halves of a surrogate pair.
    private static int Whole(string text, int length) => char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;

    [GeneratedRegex("\"[^\"]{201,}\"")]
    private static partial Regex Quoted();
}
