using static TorchSharp.torch;

namespace Dml.Training.Losses.Synthesis;

/// <summary>The formulas of <see cref="HardSampleSynthesis"/>.</summary>
internal static class HardSampleFormulas
{
    /// <summary>
    /// The fraction of its length by which a pair is stretched at either end: <paramref name="most"/> up to the distance <paramref
    /// name="low"/>, 0 from <paramref name="high"/> on, linear in between.
    /// </summary>
    internal static Tensor Stretch(Tensor distances, double low, double high, double most)
    {
        if (high <= low)
        {
            return zeros_like(distances);
        }

        return ((high - distances) / (high - low)).clamp(0, 1) * most;
    }

    /// <summary>a + t (a - p) and p + t (p - a).</summary>
    internal static (Tensor Anchors, Tensor Positives) Stretched(Tensor anchors, Tensor positives, Tensor stretch)
    {
        var apart = (anchors - positives) * stretch.unsqueeze(1);
        return (anchors + apart, positives - apart);
    }

    /// <summary>Mean of [d_ap^2 - d_an^2 + margin]+.</summary>
    internal static Tensor Triplet(Tensor anchors, Tensor positives, Tensor negatives, double margin) =>
        (Squared(anchors, positives) - Squared(anchors, negatives) + margin).relu().mean();

    /// <summary>m_0 (1 - 2 exp(-J / J_ref)): lenient while the loss is large, strict when it is small.</summary>
    internal static double AdaptiveMargin(double margin, double loss, double reference)
        => margin * (1 - (2 * Math.Exp(-loss / Math.Max(reference, 1e-12))));

    /// <summary>Mean of |f - a|^2 + regularization |f - n|^2 + adversarial [|f - a|^2 - |a - p|^2 - margin]+.</summary>
    internal static Tensor Negative(
        Tensor generated,
        Tensor anchors,
        Tensor positives,
        Tensor negatives,
        double margin,
        double regularization,
        double adversarial)
    {
        var near = Squared(generated, anchors);
        var reverse = (near - Squared(anchors, positives) - margin).relu();
        return (near + (Squared(generated, negatives) * regularization) + (reverse * adversarial)).mean();
    }

    /// <summary>
    /// Negatives pulled towards their anchors as the loss falls, as in W. Zheng et al., "Hardness-Aware Deep Metric Learning", CVPR 2019;
    /// those closer than the positive stay.
    /// </summary>
    internal static Tensor Pulled(Tensor anchors, Tensor positives, Tensor negatives, double hardness, double loss)
    {
        var (near, far) = (Squared(anchors, positives).sqrt(), Squared(anchors, negatives).sqrt());
        var distance = near + ((far - near) * Math.Exp(-hardness / Math.Max(loss, 1e-12)));
        var pulled = anchors + ((negatives - anchors) * (distance / far.clamp(min: 1e-12)).unsqueeze(1));
        return where(far.gt(near).unsqueeze(1), pulled, negatives);
    }

    /// <summary>Share of the real triplets in the loss, exp(-beta / J); the rest is that of the generated ones.</summary>
    internal static double RealShare(double beta, double generatorLoss) => Math.Exp(-beta / Math.Max(generatorLoss, 1e-12));

    private static Tensor Squared(Tensor left, Tensor right) => (left - right).square().sum(1);
}
