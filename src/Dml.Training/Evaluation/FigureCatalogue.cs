namespace Dml.Training.Evaluation;

/// <summary>
/// What can be measured of a ranking. NMI and F1, which judge clusters and not rankings, are in <see cref="Clustering"/>.
/// </summary>
public static class FigureCatalogue
{
    /// <summary>The table.</summary>
    public static IReadOnlyList<RetrievalFamily> All { get; } =
    [
        new(
            "R@K",
            "1 if a relevant answer is among the first K, else 0",
            "H. O. Song, Y. Xiang, S. Jegelka, S. Savarese, Deep Metric Learning via Lifted Structured Feature Embedding, CVPR 2016, "
                + "arXiv 1511.06452.",
            RetrievalFormulas.Recall),
        new(
            "P@K", "relevant answers among the first min(K, ranking) / min(K, ranking)",
            "C. D. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval, 2008, section 8.4.",
            RetrievalFormulas.Precision),
        new(
            "R-precision", "P@R", "K. Musgrave, S. Belongie, S.-N. Lim, A Metric Learning Reality Check, ECCV 2020, arXiv 2003.08505.",
            RetrievalFormulas.RPrecision),
        new(
            "MAP@R", "(1/R) Σ P@i over relevant ranks i ≤ R",
            "K. Musgrave, S. Belongie, S.-N. Lim, A Metric Learning Reality Check, ECCV 2020, arXiv 2003.08505.", RetrievalFormulas.MapAtR),
        new(
            "mAP@all", "(1/R) Σ P@i over all relevant ranks i",
            "C. D. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval, 2008, section 8.4.",
            RetrievalFormulas.AveragePrecision),
        new(
            "mAP@K", "(1/R) Σ P@i over relevant ranks i ≤ K",
            "As mAP@all, cut off: mAP@200 of zero-shot sketch retrieval on Sketchy, split 2.", RetrievalFormulas.TruncatedAveragePrecision),
        new(
            "mAP-interpolated",
            "(1/R) Σ max over j ≥ i of P@j over all relevant ranks i",
            "M. Everingham et al., The PASCAL Visual Object Classes Challenge, IJCV 2010, section 4.2; what some sketch retrieval code "
                + "reports as mAP.",
            RetrievalFormulas.InterpolatedAveragePrecision),
        new(
            "nDCG@K",
            "Σ (2^g − 1) / log2(i + 1) over ranks i ≤ K, divided by the same of the best ranking; g = labels shared with the query",
            "K. Järvelin, J. Kekäläinen, Cumulated Gain-based Evaluation of IR Techniques, ACM TOIS 2002; gain 2^g − 1 of C. Burges et "
                + "al., Learning to Rank using Gradient Descent, ICML 2005.",
            RetrievalFormulas.Ndcg),
        new(
            "Rank-K", "1 if a relevant answer is among the first K, else 0: R@K by its name in re-identification (CMC)",
            "L. Zheng et al., Scalable Person Re-identification: A Benchmark, ICCV 2015.", RetrievalFormulas.Recall),
        new(
            "mINP", "R / rank of the last relevant answer",
            "M. Ye et al., Deep Learning for Person Re-identification: A Survey and Outlook, TPAMI 2021, arXiv 2001.04193.",
            RetrievalFormulas.InverseNegativePenalty),
    ];

    /// <summary>The figure by which training chooses the epoch that it keeps.</summary>
    public const string ChoosesEpoch = "MAP@R";

    /// <summary>What is always measured, in the order of tables; datasets and recipes add to it.</summary>
    public static IReadOnlyList<string> Always { get; } =
    ["R@1", "R@2", "R@4", "R@8", "R@10", "MAP@R", "R-precision", "nDCG@10", "mAP@all"];
}
