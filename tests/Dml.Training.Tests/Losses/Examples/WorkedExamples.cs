namespace Dml.Training.Tests.Losses.Examples;

/// <summary>Every worked example of every loss. The tests check them; the benchmarks print them with what they come to.</summary>
internal static class WorkedExamples
{
    /// <summary>Four unit rows of two classes, used where a loss compares pictures with each other.</summary>
    internal static double[] FourRows { get; } = [1, 0, .8, .6, .6, .8, -.6, .8];

    /// <summary>Four rows of any length, used where a loss has proxies.</summary>
    internal static double[] FourRawRows { get; } = [1, .2, .6, .5, -.3, .9, .1, 1.1];

    /// <summary>The classes of both.</summary>
    internal static long[] FourLabels { get; } = [0, 0, 1, 1];

    internal static IReadOnlyList<WorkedExample> All { get; } =
    [
        .. ProxyAnchorExamples.All,
        .. ContrastiveExamples.All,
        .. MultiSimilarityExamples.All,
        .. TripletExamples.All,
        .. MarginExamples.All,
        .. NPairExamples.All,
        .. ProxyNcaExamples.All,
        .. MultiProxyAnchorExamples.All,
        .. LiftedStructuredExamples.All,
        .. ContrastiveBayesianExamples.All,
        .. GroupLossExamples.All,
        .. RelationalDistillationExamples.All,
        .. InformativeTripletsExamples.All,
        .. ModalityHardMiningExamples.All,
        .. WeightImprintingExamples.All,
        .. SynthesisExamples.All,
        .. WrapperExamples.All,
        .. SelfPacedExamples.All,
        .. GaussianExamples.All,
        .. HybridExamples.All,
        .. EnsembleExamples.All,
    ];
}
