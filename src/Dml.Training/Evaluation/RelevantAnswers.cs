namespace Dml.Training.Evaluation;

/// <summary>The ranks of a query's relevant answers in its whole ranking: all that a figure depends on.</summary>
/// <param name="ranks">Ranks of the relevant answers, ascending, from 1.</param>
/// <param name="grades">How relevant each of them is, from 1; all 1 where pictures have one label.</param>
/// <param name="length">Answers in the ranking, right and wrong.</param>
internal readonly ref struct RelevantAnswers(ReadOnlySpan<int> ranks, ReadOnlySpan<int> grades, int length)
{
    /// <summary>Ranks of the relevant answers, ascending, from 1.</summary>
    public ReadOnlySpan<int> Ranks { get; } = ranks;

    /// <summary>How relevant each of them is, in the order of <see cref="Ranks"/>.</summary>
    public ReadOnlySpan<int> Grades { get; } = grades;

    /// <summary>Answers in the ranking, right and wrong.</summary>
    public int Length { get; } = length;

    /// <summary>R, the number of relevant answers.</summary>
    public int Count => Ranks.Length;

    /// <summary>Relevant answers among the first <paramref name="k"/>.</summary>
    public int CountWithin(int k)
    {
        var place = Ranks.BinarySearch(k);
        return place >= 0 ? place + 1 : ~place;
    }
}
