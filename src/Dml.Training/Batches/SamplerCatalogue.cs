using Dml.Training.Catalogues;

namespace Dml.Training.Batches;

/// <summary>How batches are put together.</summary>
public static class SamplerCatalogue
{
    /// <summary>The table.</summary>
    public static IReadOnlyList<Method<Func<SamplerContext, ISampler>>> All { get; } =
    [
        Method<Func<SamplerContext, ISampler>>.Of<BalancedSampler.Options>(
            "balanced",
            "P classes x K pictures in every batch; every class comes about equally often (A. Hermans, L. Beyer, B. Leibe, In Defense of "
                + "the Triplet Loss, arXiv 1703.07737, section 2: PK batches).",
            options => context => new BalancedSampler(options, context)),
        Method<Func<SamplerContext, ISampler>>.Of<ShuffleSampler.Options>(
            "shuffle", "Every picture once an epoch in random order; the last, incomplete batch is dropped.",
            options => context => new ShuffleSampler(options, context)),
        Method<Func<SamplerContext, ISampler>>.Of<ModalitySampler.Options>(
            "modalities",
            "P classes x K pictures of each of two modalities in every batch, such as sketches and photographs (Z. Huang et al., "
                + "Modality-Aware Triplet Hard Mining, arXiv 2112.07966: 16 classes x 4 + 4).",
            options => context => new ModalitySampler(options, context)),
        Method<Func<SamplerContext, ISampler>>.Of<HardClassSampler.Options>(
            "hard-classes",
            "Classes that the network confuses in one batch, by their embeddings before the epoch (K. Sohn, Improved Deep Metric Learning "
                + "with Multi-class N-pair Loss Objective, NIPS 2016, section 3.2; the score is derived from its wording).",
            options => context => new HardClassSampler(options, context)),
        Method<Func<SamplerContext, ISampler>>.Of<SystematicSampler.Options>(
            "systematic",
            "C classes, each with the picture that represents it for a while and m - 1 others (O. Can, Y. Z. Gürbüz, A. A. Alatan, Deep "
                + "Metric Learning with Alternating Projections onto Feasible Sets, ICIP 2021, arXiv 1907.07585).",
            options => context => new SystematicSampler(options, context)),
        Method<Func<SamplerContext, ISampler>>.Of<SystematicHardClassSampler.Options>(
            "systematic-hard-class",
            "As systematic, with classes together whose representatives lie close; looks at the training set before every epoch (same "
                + "paper; the procedure is derived).",
            options => context => new SystematicHardClassSampler(options, context)),
    ];
}
