namespace Dml.Training.Tests.Losses.Examples;

/// <summary>All worked examples of all losses. The tests check them, and the benchmarks print them with their results.</summary>
internal static class WorkedExamples
{
    /// <summary>Four unit rows of two classes, for losses that compare pictures with each other.</summary>
    internal static double[] FourRows { get; } = [1, 0, .8, .6, .6, .8, -.6, .8];

    /// <summary>Four rows of any length, for losses with proxies.</summary>
    internal static double[] FourRawRows { get; } = [1, .2, .6, .5, -.3, .9, .1, 1.1];

    /// <summary>The classes of the rows of both.</summary>
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
        .. SoftmaxExamples.All,
        .. PairExamples.All,
        .. MemoryExamples.All,
    ];
}
