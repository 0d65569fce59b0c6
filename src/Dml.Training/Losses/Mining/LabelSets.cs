namespace Dml.Training.Losses.Mining;

/// <summary>The similarity of pictures with several labels.</summary>
internal static class LabelSets
{
    /// <summary>
    /// The number of shared labels divided by the number of all labels of the two (Jaccard), 0 to 1; 0 if neither has any.
    /// </summary>
    /// <param name="one">Label numbers in ascending order.</param>
    /// <param name="other">Label numbers in ascending order.</param>
    internal static double Similarity(ReadOnlySpan<int> one, ReadOnlySpan<int> other)
    {
        var (shared, i, j) = (0, 0, 0);
        while (i < one.Length && j < other.Length)
        {
            shared += one[i] == other[j] ? 1 : 0;
            (i, j) = (i + (one[i] <= other[j] ? 1 : 0), j + (other[j] <= one[i] ? 1 : 0));
        }

        return one.Length + other.Length is var both && both > 0 ? (double)shared / (both - shared) : 0;
    }
}
