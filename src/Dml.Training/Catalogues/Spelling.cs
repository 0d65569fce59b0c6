namespace Dml.Training.Catalogues;

/// <summary>Words for an unknown name: the likeliest right one first, then all of them.</summary>
internal static class Spelling
{
    public static string RightOnes(string wrong, IEnumerable<string> right)
    {
        var all = right.Order(StringComparer.Ordinal).ToArray();
        if (all.Length == 0)
        {
            return "It takes none.";
        }
        var nearest = all.MinBy(name => Distance(wrong, name))!;
        var guess = Distance(wrong, nearest) <= Math.Max(2, wrong.Length / 3) ? $"Did you mean '{nearest}'? " : "";
        return $"{guess}There are: {string.Join(", ", all)}.";
    }

    // Levenshtein, one row.
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
