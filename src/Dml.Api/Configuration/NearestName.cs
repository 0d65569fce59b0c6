namespace Dml.Api.Configuration;

/// <summary>Finds what was meant by a name that is not known.</summary>
internal static class NearestName
{
    /// <summary>The known name that the fewest edits lead to, letter case aside; null if they are more than half of the letters.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        var nearest = known.MinBy(other => Distance(name, other));
        return nearest is not null && Distance(name, nearest) <= name.Length / 2 ? nearest : null;
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
