using Dml.Training.Catalogues;

namespace Dml.Training.Losses.Mining;

/// <summary>Every miner of triplets that a loss's option <c>miner</c> can name.</summary>
public static class MinerCatalogue
{
    private const string FaceNet = "F. Schroff, D. Kalenichenko, J. Philbin, FaceNet, CVPR 2015, arXiv 1503.03832";
    private const string Hermans = "A. Hermans, L. Beyer, B. Leibe, In Defense of the Triplet Loss for Person Re-Identification, 2017, arXiv 1703.07737";
    private const string Roth = "K. Roth et al., Revisiting Training Strategies and Generalization Performance in Deep Metric Learning, ICML 2020, arXiv 2002.08473";
    private const string Wu = "C.-Y. Wu, R. Manmatha, A. Smola, P. Krähenbühl, Sampling Matters in Deep Embedding Learning, ICCV 2017, arXiv 1706.07567";

    /// <summary>The table; one line a miner.</summary>
    public static IReadOnlyList<MinerMethod> All { get; } =
    [
        MinerMethod.Of<AllTriplets.Options>("all", Hermans, "Every anchor with every positive and every negative.", _ => new AllTriplets()),
        MinerMethod.Of<SemiHard.Options>("semi-hard", FaceNet, "For every positive pair the nearest negative that is farther than the positive; where there is none, the farthest negative (the rule of TensorFlow Addons, which has no upper bound).", _ => new SemiHard()),
        MinerMethod.Of<SemiHardBand.Options>("semi-hard-band", FaceNet, "Every triplet whose negative is farther than the positive by at most the margin.", options => new SemiHardBand(options)),
        MinerMethod.Of<SemiHardDraw.Options>("semi-hard-draw", Roth, "One triplet an anchor: a random positive and a random negative of the band behind it, or of all negatives where the band is empty.", options => new SemiHardDraw(options)),
        MinerMethod.Of<Hard.Options>("hard", FaceNet, "Every triplet whose negative is at least as near as the positive.", _ => new Hard()),
        MinerMethod.Of<BatchHard.Options>("batch-hard", Hermans, "One triplet an anchor: its farthest positive and its nearest negative.", _ => new BatchHard()),
        MinerMethod.Of<SoftHard.Options>("soft-hard", Roth, "One triplet an anchor: a random positive of those beyond the nearest negative, a random negative of those before the farthest positive.", _ => new SoftHard()),
        MinerMethod.Of<DistanceWeighted.Options>("distance-weighted", Wu, "Negatives drawn with the inverse of the density that distances have on the sphere, so that every distance comes about equally often.", options => new DistanceWeighted(options)),
    ];

    internal static IMiner Create(MethodChoice choice) => Catalogue.Find("miner", All, choice.Name).Make(choice.Options);
}
