namespace Dml.Training.Evaluation;

/// <summary>How well clusters agree with classes.</summary>
public static class Clustering
{
    /// <summary>Name of <see cref="Nmi"/> in tables.</summary>
    public const string NmiName = "NMI";

    /// <summary>Name of <see cref="PairF1"/> in tables.</summary>
    public const string PairF1Name = "F1";

    /// <summary>
    /// Normalised mutual information 2 I(Y,Ω) / (H(Y) + H(Ω)), the arithmetic normaliser of Song et al. and of today's scikit-learn; 1 when
    /// both entropies are 0.
    /// </summary>
    /// <param name="labels">Classes, one per picture.</param>
    /// <param name="clusters">Clusters, one per picture.</param>
    /// <returns>In [0, 1].</returns>
    public static double Nmi(IReadOnlyList<int> labels, IReadOnlyList<int> clusters)
    {
        var total = (double)Checked(labels, clusters);
        var perLabel = labels.CountBy(l => l).ToDictionary();
        var perCluster = clusters.CountBy(c => c).ToDictionary();
        var information = labels
            .Zip(clusters)
            .CountBy(pair => pair)
            .Sum(cell =>
                cell.Value / total * Math.Log(total * cell.Value / ((double)perLabel[cell.Key.First] * perCluster[cell.Key.Second])));
        var entropies = Entropy(perLabel.Values, total) + Entropy(perCluster.Values, total);
        return entropies == 0 ? 1 : Math.Clamp(2 * information / entropies, 0, 1);
    }

    /// <summary>
    /// F1 over pairs: a pair is positive when both have the same class, predicted positive when both are in the same cluster; 0 when no
    /// pair is both.
    /// </summary>
    /// <returns>In [0, 1].</returns>
    public static double PairF1(IReadOnlyList<int> labels, IReadOnlyList<int> clusters)
    {
        Checked(labels, clusters);
        static double Pairs(IEnumerable<int> sizes) => sizes.Sum(n => n * (n - 1.0) / 2);
        var both = Pairs(labels.Zip(clusters).CountBy(pair => pair).Select(cell => cell.Value));
        var sameLabel = Pairs(labels.CountBy(l => l).Select(n => n.Value));
        var sameCluster = Pairs(clusters.CountBy(c => c).Select(n => n.Value));
        return both == 0 ? 0 : 2 * both / (sameLabel + sameCluster);
    }

    private static double Entropy(IEnumerable<int> sizes, double total) => -sizes.Sum(n => n / total * Math.Log(n / total));

    private static int Checked(IReadOnlyList<int> labels, IReadOnlyList<int> clusters)
        => labels.Count == clusters.Count && labels.Count > 0
            ? labels.Count
            : throw new ArgumentException(
                $"Expected as many clusters as labels, at least one; {labels.Count} labels and {clusters.Count} clusters came.",
                nameof(clusters));
}
