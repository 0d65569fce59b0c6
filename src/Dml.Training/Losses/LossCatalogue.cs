using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Losses.Gaussian;
using Dml.Training.Losses.SelfPaced;
using Dml.Training.Losses.Synthesis;
using Dml.Training.Losses.Wrappers;

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
        Line("das", "L. Liu et al., DAS: Densely-Anchored Sampling for Deep Metric Learning, ECCV 2022, arXiv 2208.00119",
            new DenselyAnchoredSampling.Options(), (shape, options, initializer) => new DenselyAnchoredSampling(shape, options, initializer)) with { About = DenselyAnchoredSampling.About },
        Line("iaa", "Z. Fu et al., Intra-class Adaptive Augmentation with Neighbor Correction for Deep Metric Learning, IEEE Transactions on Multimedia 2022, arXiv 2211.16264",
            new IntraClassAugmentation.Options(), (shape, options, _) => new IntraClassAugmentation(shape, options)) with { About = IntraClassAugmentation.About },
        Line("rotation-hard-samples", "Zhang Ge et al., Sample Rotation-based Hard Sample-Generating Methods for Deep Metric Learning, Journal of Shanxi University (Nat. Sci. Ed.) 2024, 47(5)",
            new RotationHardSamples.Options(), (shape, options, _) => new RotationHardSamples(shape, options)) with { About = RotationHardSamples.About },
        Line("symmetrical-synthesis", "G. Gu, B. Ko, Symmetrical Synthesis for Deep Metric Learning, AAAI 2020, arXiv 2001.11658",
            new SymmetricalSynthesis.Options(), (shape, options, _) => new SymmetricalSynthesis(shape, options)) with { About = SymmetricalSynthesis.About },
        Line("alternating-projections", "O. Can, Y. Z. Gürbüz, A. A. Alatan, Deep Metric Learning with Alternating Projections onto Feasible Sets, ICIP 2021, arXiv 1907.07585",
            new AlternatingProjections.Options(), (shape, options, initializer) => new AlternatingProjections(shape, options, initializer)) with { About = AlternatingProjections.About },
        Line("hier", "S. Kim, B. Jeong, S. Kwak, HIER: Metric Learning Beyond Class Labels via Hierarchical Regularization, CVPR 2023, arXiv 2212.14258",
            new HierarchicalRegularization.Options(), (shape, options, initializer) => new HierarchicalRegularization(shape, options, initializer)) with { About = HierarchicalRegularization.About },
        Line("bspml", "C. Zhang, L. Luo, B. Gu, Denoising Multi-Similarity Formulation: A Self-paced Curriculum-Driven Approach for Robust Metric Learning, AAAI 2023, arXiv 2211.11751",
            new BalancedSelfPaced.Options(), (shape, options, _) => new BalancedSelfPaced(shape, options)) with { About = BalancedSelfPaced.About },
        Line("gaussian-subspaces", "P. D. Marrero Fernandez et al., Deep Metric Structured Learning for Facial Expression Recognition, 2020, arXiv 2001.06612",
            new GaussianSubspaces.Options(), (shape, options, initializer) => new GaussianSubspaces(shape, options, initializer)) with { About = GaussianSubspaces.About },
        Line("hybrid-proxy-pair", "M. K. Ebrahimpour, G. Qian, A. Beach, Multi-Head Deep Metric Learning Using Global and Local Representations, WACV 2022, arXiv 2112.14327",
            new HybridProxyPair.Options(), (shape, options, initializer) => new HybridProxyPair(shape, options, initializer)) with { About = HybridProxyPair.About },
        Line("ensemble-losses", "D. Zabihzadeh, Z. Alitbi, S. J. Mousavirad, Ensemble of Loss Functions to Improve Generalizability of Deep Metric Learning methods, Multimedia Tools and Applications 2023, arXiv 2107.01130",
            new EnsembleOfLosses.Options(), (shape, options, initializer) => new EnsembleOfLosses(shape, options, initializer)) with { About = EnsembleOfLosses.About },
        Line("hard-sample-synthesis", "C. Zhu et al., Construct Informative Triplet with Two-stage Hard-sample Generation, 2021, arXiv 2112.02259",
            new HardSampleSynthesis.Options(), (shape, options, initializer) => new HardSampleSynthesis(shape, options, initializer)) with { About = HardSampleSynthesis.About },
    ];

    /// <summary>Builds the named loss.</summary>
    /// <param name="name">A name of the table.</param>
    /// <param name="shape">Classes and dimension.</param>
    /// <param name="options">Members that differ from the defaults; null for none.</param>
    /// <param name="seed">Seed of the initial proxies.</param>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    public static EmbeddingLoss Create(string name, LossShape shape, JsonObject? options, int seed) =>
        Catalogue.Find("loss", All, name).Build(shape, options, new Initializer(seed));

    /// <summary>Builds a loss that stands in the options of another.</summary>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    internal static EmbeddingLoss Create(MethodChoice choice, LossShape shape, Initializer initializer) =>
        Catalogue.Find("loss", All, choice.Name).Build(shape, choice.Options, initializer);

    /// <summary>The choice with every option written out, those of a loss in its options too.</summary>
    /// <exception cref="RecipeException">An unknown name or option.</exception>
    public static MethodChoice Resolve(MethodChoice choice)
    {
        var resolved = choice.Resolve("loss", All);
        if (resolved.Options["base"] is { } inner)
        {
            resolved.Options["base"] = JsonSerializer.SerializeToNode(Resolve(inner.Deserialize<MethodChoice>()!));
        }

        if (resolved.Options["members"] is JsonArray members)
        {
            resolved.Options["members"] = new JsonArray([.. members.Select(member => JsonSerializer.SerializeToNode(Resolve(member.Deserialize<MethodChoice>()!)))]);
        }

        return resolved;
    }

    private static LossMethod Line<TOptions>(string name, string paper, TOptions defaults, Func<LossShape, TOptions, Initializer, EmbeddingLoss> build)
        where TOptions : class =>
        new(name, paper, defaults, (shape, given, initializer) => build(shape, MethodOptions.Read(name, defaults, given), initializer));
}
