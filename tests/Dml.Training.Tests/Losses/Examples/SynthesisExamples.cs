using Dml.Training.Backbones;
using Dml.Training.Losses;
using Dml.Training.Losses.Synthesis;
using Dml.Training.Losses.Wrappers;
using TorchSharp;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

internal static class SynthesisExamples
{
    private static readonly double[] Noise = [1, -.5, -1, .5, .5, 1, 0, -1];
    private static readonly double[] Spread = [.04, .0225, .04, .0225, .04, .01, .04, .01];

    internal static IEnumerable<WorkedExample> All =>
    [
        new("das", "copies that equal their rows count every pair four times, over twice the rows", .412096, at => Copies(at[0]),
            ExampleInput.Rows(FourRawRows, 2, .091748, -.458742, -.970655, 1.164786, -.400819, -.133606, .998949, -.090814)),
        new("iaa", "contrastive, one copy", .2778768666, at => Augmented(at[0], IntraClassAugmentation.Pairs.Contrastive),
            ExampleInput.Rows(FourRawRows, 2, .03222739, -.16113697, -1.00493365, .94456286, .20486930, .06828977, .60807547, -.05666230))
                { Decimals = 8 },
        new("iaa", "multi-similarity, one copy", .1335298140, at => Augmented(at[0], IntraClassAugmentation.Pairs.MultiSimilarity),
            ExampleInput.Rows(FourRawRows, 2, 0, 0, -.14806060, .10994966, -.03037765, -.01012588, .14484075, -.01316734)) { Decimals = 8 },
        Rotated("hardest", .772325, RotationHardSamples.Mode.Hardest, [-.083431, .092068, .419268, .370012],
            [.239368, .394179, -.124401, .017772]),
        Rotated("positive only", .771404, RotationHardSamples.Mode.PositiveOnly, [], []),
        new("symmetrical-synthesis", "two pairs", .814921, at => NPairs.Multiclass(SymmetricalSynthesis.Logits(at[0], at[1])),
            ExampleInput.Rows([.9, .1, .5, .8], 2, .009429, -.147810, .347996, -.041256),
            ExampleInput.Rows([.9, .5, -.5, .8], 2, -.068877, .220524, -.228406, -.034722)),
        new("hard-sample-synthesis", "second stage, in the plane", 13.1050576387, at => SecondStage(at[0]),
            ExampleInput.Rows([.5, .8], 2, -63.8, 70.8)) { Decimals = 8 },
    ];

    private static Tensor SecondStage(Tensor generated)
    {
        Tensor Row(params double[] values) => tensor(values, [1, 2]);
        var (anchors, positives) =
            HardSampleFormulas.Stretched(Row(1, .2), Row(.6, .5), HardSampleFormulas.Stretch(tensor([.5]), .3, .9, .5));
        return HardSampleFormulas.Negative(
            generated, anchors, positives, Row(.1, 1.1), HardSampleFormulas.AdaptiveMargin(.2, .5, 1), 1, 50);
    }

    private static WorkedExample Rotated(
        string variant, double expected, RotationHardSamples.Mode mode, double[] anchors, double[] positives)
        => new("rotation-hard-samples", variant, expected,
            at => RotationHardSamples.Value(new NPairs(at[0], at[1], [0, 1]), tensor([.7, .2, .1, .7], [2, 2]), mode, false),
            ExampleInput.Rows([1, 0, .6, .8], 2, anchors), ExampleInput.Rows([.8, .6, -.6, .8], 2, positives));

    private static Tensor Augmented(Tensor rows, IntraClassAugmentation.Pairs pairs)
        => IntraClassAugmentation.Value(rows, FourLabels, [(tensor(Spread, [4, 2]) * .8).sqrt() * tensor(Noise, [4, 2])], pairs);

    private static Tensor Copies(Tensor rows)
    {
        var loss = new DenselyAnchoredSampling(new LossShape(2, 2), new()
        {
            Base = new("contrastive") { Options = new() { ["form"] = "cosine" } },
            Copies = 1,
            ScaleFrom = 1,
            ScaleTo = 1,
            Shift = 0,
            Detach = false,
        }, new Initializer(1)).to(float64);
        return loss.Compute(rows, FourLabels);
    }
}
