using System.Buffers;

namespace Dml.Api.Catalogue;

/// <summary>Ids of items: <c>[A-Za-z0-9._-]{1,128}</c>, apart from "." and "..", which no URL can carry.</summary>
internal static class ItemId
{
    public const string Rule = "An id has 1 to 128 of the characters A-Z a-z 0-9 . _ - and is neither \".\" nor \"..\".";

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public static bool IsValid(string id) =>
        id.Length is >= 1 and <= 128 && !id.AsSpan().ContainsAnyExcept(Allowed) && id is not ("." or "..");

    /// <summary>A new id; ids made later sort later.</summary>
    public static string Create() => Guid.CreateVersion7().ToString("N");
}
