using Dml.Training.Evaluation;

namespace Dml.Training.Comparison;

/// <summary>One method of a leaderboard.</summary>
/// <param name="Method">The row of the comparison.</param>
/// <param name="Seeds">Trainings that it is the mean of.</param>
/// <param name="Figure">The figure that orders the table, mean over seeds and queries, with its interval.</param>
/// <param name="BySeed">The same of every training.</param>
/// <param name="Others">The other figures, means over seeds and queries.</param>
/// <param name="Difference">To the row that it is tested against; null for the baseline itself.</param>
public sealed record LeaderboardRow(
    ComparisonMethod Method, int Seeds, Figure Figure, IReadOnlyList<double> BySeed, IReadOnlyList<Figure> Others,
    PairedDifference? Difference);
