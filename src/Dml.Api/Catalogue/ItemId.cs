using System.Buffers;

namespace Dml.Api.Catalogue;

/// <summary>Ids of items: <c>[A-Za-z0-9._-]{1,128}</c>, except "." and "..", which a URL cannot contain.</summary>
internal static class ItemId
{
    public const string Rule = "An id consists of 1 to 128 of the characters A-Z a-z 0-9 . _ - and is neither \".\" nor \"..\".";

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public static bool IsValid(string id) =>
        id.Length is >= 1 and <= 128 && !id.AsSpan().ContainsAnyExcept(Allowed) && id is not ("." or "..");

    /// <summary>Creates an id; later ids sort later.</summary>
    public static string Create() => Guid.CreateVersion7().ToString("N");
}
