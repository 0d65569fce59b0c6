namespace Dml.Api.Configuration;

/// <summary>Finds what was meant by a name that is not known.</summary>
internal static class NearestName
{
    private const int LongestMisspelt = 100;

    /// <summary>The known name that the fewest edits lead to, letter case aside; null if they are more than half of the letters.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        var nearest = known.MinBy(other => Distance(name, other));
        return nearest is not null && Distance(name, nearest) <= name.Length / 2 ? nearest : null;
    }

    /// <summary>Says that a call has no part of this name, which parts it has, and which one may have been meant.</summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="part">"parameter" or "member".</param>
    /// <param name="known">The names of those that it has, at least one.</param>
    public static string Explain(string name, string part, IReadOnlyCollection<string> known)
    {
        // The distance to a long name takes long, and it is near to none.
        var near = name.Length <= LongestMisspelt ? Find(name, known) : null;
        return $"\"{name}\" is not a {part} of this call{(near is null ? "" : $"; did you mean {near}?")}"
            + $"{(near is null ? ", which has " : " It has ")}{string.Join(", ", known)}.";
    }

    /// <summary>Levenshtein's distance, letter case aside.</summary>
    public static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 0; i < from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < to.Length; j++)
            {
                var substituted = diagonal + (char.ToUpperInvariant(from[i]) == char.ToUpperInvariant(to[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(substituted, Math.Min(row[j], diagonal) + 1);
            }
        }

        return row[^1];
    }
}
