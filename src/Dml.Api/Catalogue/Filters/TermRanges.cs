namespace Dml.Api.Catalogue.Filters;

/// <summary>Ranges of terms, first and last included, in ascending order and apart from one another.</summary>
internal readonly struct TermRanges
{
    private TermRanges(IReadOnlyList<(UInt128 First, UInt128 Last)> all) => All = all;

    public IReadOnlyList<(UInt128 First, UInt128 Last)> All { get; }

    /// <summary>The terms of the numbers that a condition accepts.</summary>
    public static TermRanges Of(ItemFilter.Number number) =>
        new([.. Term.OfNumbers(number.Name, number.Operator, number.Value).OrderBy(range => range.First)]);

    public TermRanges Or(TermRanges other)
    {
        var united = new List<(UInt128 First, UInt128 Last)>();
        foreach (var range in All.Concat(other.All).OrderBy(range => range.First))
        {
            if (united.Count > 0 && range.First <= united[^1].Last)
            {
                united[^1] = (united[^1].First, UInt128.Max(united[^1].Last, range.Last));
            }
            else
            {
                united.Add(range);
            }
        }

        return new TermRanges(united);
    }

    public TermRanges And(TermRanges other)
    {
        var common = new List<(UInt128 First, UInt128 Last)>();
        foreach (var one in All)
        {
            foreach (var another in other.All)
            {
                var (first, last) = (UInt128.Max(one.First, another.First), UInt128.Min(one.Last, another.Last));
                if (first <= last)
                {
                    common.Add((first, last));
                }
            }
        }

        return new TermRanges(common);
    }
}
