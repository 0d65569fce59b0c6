using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>How batches are put together.</summary>
public static class SamplerCatalogue
{
    /// <summary>The table.</summary>
    public static IReadOnlyList<Method<Func<SamplerContext, ISampler>>> All { get; } =
    [
        Method<Func<SamplerContext, ISampler>>.Of<BalancedSampler.Options>("balanced", "P classes x K pictures in every batch; every class comes about equally often (A. Hermans, L. Beyer, B. Leibe, In Defense of the Triplet Loss, arXiv 1703.07737, section 2: PK batches).", options => context => new BalancedSampler(options, context)),
        Method<Func<SamplerContext, ISampler>>.Of<ShuffleSampler.Options>("shuffle", "Every picture once an epoch in random order; the last, incomplete batch is dropped.", options => context => new ShuffleSampler(options, context)),
        Method<Func<SamplerContext, ISampler>>.Of<ModalitySampler.Options>("modalities", "P classes x K pictures of each of two modalities in every batch, such as sketches and photographs (Z. Huang et al., Modality-Aware Triplet Hard Mining, arXiv 2112.07966: 16 classes x 4 + 4).", options => context => new ModalitySampler(options, context)),
        Method<Func<SamplerContext, ISampler>>.Of<HardClassSampler.Options>("hard-classes", "Classes that the network confuses in one batch, by their embeddings before the epoch (K. Sohn, Improved Deep Metric Learning with Multi-class N-pair Loss Objective, NIPS 2016, section 3.2; the score is derived from its wording).", options => context => new HardClassSampler(options, context)),
    ];
}
