using Dml.Training.Catalogues;

namespace Dml.Training.Losses.Mining;

/// <summary>Every triplet miner that a loss's option <c>miner</c> can name.</summary>
public static class MinerCatalogue
{
    private const string FaceNet = "F. Schroff, D. Kalenichenko, J. Philbin, FaceNet, CVPR 2015, arXiv 1503.03832";
    private const string Hermans = "A. Hermans, L. Beyer, B. Leibe, In Defense of the Triplet Loss for Person Re-Identification, 2017, "
        + "arXiv 1703.07737";
    private const string Roth = "K. Roth et al., Revisiting Training Strategies and Generalization Performance in Deep Metric Learning, "
        + "ICML 2020, arXiv 2002.08473";
    private const string Wu = "C.-Y. Wu, R. Manmatha, A. Smola, P. Krähenbühl, Sampling Matters in Deep Embedding Learning, ICCV 2017, "
        + "arXiv 1706.07567";

    /// <summary>The table, one line per miner.</summary>
    public static IReadOnlyList<MinerMethod> All { get; } =
    [
        MinerMethod.Of<AllTriplets.Options>("all", Hermans, _ => new AllTriplets(),
            "Every anchor with every positive and every negative."),
        MinerMethod.Of<SemiHard.Options>("semi-hard", FaceNet, _ => new SemiHard(),
            "For every positive pair the nearest negative that is farther away than the positive; if there is none, the farthest negative "
            + "(the rule of TensorFlow Addons, which has no upper bound)."),
        MinerMethod.Of<SemiHardBand.Options>("semi-hard-band", FaceNet, options => new SemiHardBand(options),
            "Every triplet whose negative is farther away than the positive by at most the margin."),
        MinerMethod.Of<SemiHardDraw.Options>("semi-hard-draw", Roth, options => new SemiHardDraw(options),
            "One triplet per anchor: a random positive and a random negative farther away by at most the margin, or any negative if there "
            + "is none."),
        MinerMethod.Of<Hard.Options>("hard", FaceNet, _ => new Hard(),
            "Every triplet whose negative is at least as close as the positive."),
        MinerMethod.Of<BatchHard.Options>(BatchHard.Name, Hermans, _ => new BatchHard(),
            "One triplet per anchor: its farthest positive and its nearest negative."),
        MinerMethod.Of<SoftHard.Options>("soft-hard", Roth, _ => new SoftHard(),
            "One triplet per anchor: a random positive farther away than the nearest negative and a random negative closer than the "
            + "farthest positive."),
        MinerMethod.Of<DistanceWeighted.Options>("distance-weighted", Wu, options => new DistanceWeighted(options),
            "Negatives drawn with the inverse of the density of distances on the sphere, so that every distance occurs about equally "
            + "often."),
    ];

    internal static IMiner Create(MethodChoice choice) => Catalogue.Find("miner", All, choice.Name).Make(choice.Options);
}
