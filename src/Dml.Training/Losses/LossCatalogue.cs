using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;

namespace Dml.Training.Losses;

/// <summary>Every loss that a recipe can name.</summary>
public static class LossCatalogue
{
    /// <summary>The table; one line a loss.</summary>
    public static IReadOnlyList<LossMethod> All { get; } =
    [
        Line("proxy-anchor", "S. Kim et al., Proxy Anchor Loss for Deep Metric Learning, CVPR 2020, arXiv 2003.13911",
            new ProxyAnchor.Options(), (shape, options, initializer) => new ProxyAnchor(shape, options, initializer)) with { About = ProxyAnchor.About },
        Line("soft-orthogonal-proxies", "F. Saberi-Movahed et al., Deep Metric Learning with Soft Orthogonal Proxies, 2023, arXiv 2306.13055",
            new ProxyAnchorSoftOrthogonal.Options(), (shape, options, initializer) => new ProxyAnchorSoftOrthogonal(shape, options, initializer)) with { About = ProxyAnchorSoftOrthogonal.About },
        Line("contrastive", "R. Hadsell, S. Chopra, Y. LeCun, Dimensionality Reduction by Learning an Invariant Mapping, CVPR 2006",
            new Contrastive.Options(), (shape, options, _) => new Contrastive(shape, options)) with { About = Contrastive.About },
        Line("multi-similarity", "X. Wang et al., Multi-Similarity Loss with General Pair Weighting for Deep Metric Learning, CVPR 2019, arXiv 1904.06627",
            new MultiSimilarity.Options(), (shape, options, _) => new MultiSimilarity(shape, options)) with { About = MultiSimilarity.About },
        Line("triplet", "F. Schroff, D. Kalenichenko, J. Philbin, FaceNet, CVPR 2015, arXiv 1503.03832",
            new Triplet.Options(), (shape, options, _) => new Triplet(shape, options)) with { About = Triplet.About },
        Line("margin", "C.-Y. Wu, R. Manmatha, A. Smola, P. Krähenbühl, Sampling Matters in Deep Embedding Learning, ICCV 2017, arXiv 1706.07567",
            new Margin.Options(), (shape, options, _) => new Margin(shape, options)) with { About = Margin.About },
        Line("n-pair", "K. Sohn, Improved Deep Metric Learning with Multi-class N-pair Loss Objective, NIPS 2016",
            new NPair.Options(), (shape, options, _) => new NPair(shape, options)) with { About = NPair.About },
        Line("proxy-nca", "Y. Movshovitz-Attias et al., No Fuss Distance Metric Learning using Proxies, ICCV 2017, arXiv 1703.07464",
            new ProxyNca.Options(), (shape, options, initializer) => new ProxyNca(shape, options, initializer)) with { About = ProxyNca.About },
        Line("proxy-nca-plus-plus", "E. W. Teh, T. DeVries, G. W. Taylor, ProxyNCA++, ECCV 2020, arXiv 2004.01113",
            new ProxyNca.Options { Smoothing = 0 }, (shape, options, initializer) => new ProxyNca(shape, options, initializer)) with { About = ProxyNca.AboutPlusPlus },
        Line("multi-proxy-anchor", "S. Saeki, M. Kawahara, H. Aman, Multi Proxy Anchor Loss and Effectiveness of Deep Metric Learning Performance Metrics, 2021, arXiv 2110.03997",
            new MultiProxyAnchor.Options(), (shape, options, initializer) => new MultiProxyAnchor(shape, options, initializer)) with { About = MultiProxyAnchor.About },
        Line("lifted-structured", "H. O. Song et al., Deep Metric Learning via Lifted Structured Feature Embedding, CVPR 2016, arXiv 1511.06452",
            new LiftedStructured.Options(), (shape, options, _) => new LiftedStructured(shape, options)) with { About = LiftedStructured.About },
        Line("contrastive-bayesian", "S. Kan et al., Contrastive Bayesian Analysis for Deep Metric Learning, TPAMI 2022, arXiv 2210.04402",
            new ContrastiveBayesian.Options(), (shape, options, _) => new ContrastiveBayesian(shape, options)) with { About = ContrastiveBayesian.About },
        Line("group-loss", "I. Elezi et al., The Group Loss for Deep Metric Learning, ECCV 2020, arXiv 1912.00385",
            new GroupLoss.Options(), (shape, options, initializer) => new GroupLoss(shape, options, initializer)) with { About = GroupLoss.About },
        Line("relational-distillation", "W. Park, D. Kim, Y. Lu, M. Cho, Relational Knowledge Distillation, CVPR 2019, arXiv 1904.05068",
            new RelationalDistillation.Options(), (shape, options, initializer) => new RelationalDistillation(shape, options, initializer)) with { About = RelationalDistillation.About },
        Line("informative-triplets-rs", "G. Sumbul, M. Ravanbakhsh, B. Demir, Informative and Representative Triplet Selection for Multilabel Remote Sensing Image Retrieval, TGRS 2022, arXiv 2105.03647",
            new InformativeTriplets.Options(), (shape, options, _) => new InformativeTriplets(shape, options)) with { About = InformativeTriplets.About },
        Line("mathm", "Z. Huang et al., Modality-Aware Triplet Hard Mining for Zero-shot Sketch-Based Image Retrieval, 2021, arXiv 2112.07966",
            new ModalityHardMining.Options(), (shape, options, initializer) => new ModalityHardMining(shape, options, initializer)) with { About = ModalityHardMining.About },
        Line("weight-imprinting", "H. Qi, M. Brown, D. Lowe, Low-Shot Learning with Imprinted Weights, CVPR 2018, arXiv 1712.07136",
            new WeightImprinting.Options(), (shape, options, initializer) => new WeightImprinting(shape, options, initializer)) with { About = WeightImprinting.About },
    ];

    /// <summary>Builds the named loss.</summary>
    /// <param name="name">A name of the table.</param>
    /// <param name="shape">Classes and dimension.</param>
    /// <param name="options">Members that differ from the defaults; null for none.</param>
    /// <param name="seed">Seed of the initial proxies.</param>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    public static EmbeddingLoss Create(string name, LossShape shape, JsonObject? options, int seed) =>
        Catalogue.Find("loss", All, name).Build(shape, options, new Initializer(seed));

    private static LossMethod Line<TOptions>(string name, string paper, TOptions defaults, Func<LossShape, TOptions, Initializer, EmbeddingLoss> build)
        where TOptions : class =>
        new(name, paper, defaults, (shape, given, initializer) => build(shape, MethodOptions.Read(name, defaults, given), initializer));
}
