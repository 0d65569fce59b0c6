using Dml.Training.Backbones;
using Dml.Training.Catalogues;

namespace Dml.Training.Heads;

/// <summary>Every head that a recipe can name.</summary>
public static class HeadCatalogue
{
    /// <summary>The head of recipes that name none.</summary>
    public const string Default = "linear";

    private const string ProxyAnchorPaper = "S. Kim et al., Proxy Anchor Loss for Deep Metric Learning, CVPR 2020, arXiv 2003.13911";
    private const string LiftedPaper =
        "H. O. Song et al., Deep Metric Learning via Lifted Structured Feature Embedding, CVPR 2016, arXiv 1511.06452";

    /// <summary>The table; one line a head.</summary>
    public static IReadOnlyList<HeadMethod> All { get; } =
    [
        Line(Default, LiftedPaper, new LinearHead.Options(), (backbone, options, initializer) =>
            new LinearHead(backbone, options, initializer)),
        Line("average-max", ProxyAnchorPaper, new LinearHead.Options { Pooling = Pooling.AverageMax }, (backbone, options, initializer) =>
            new LinearHead(backbone, options, initializer)),
        Line(
            "gem",
            "F. Radenović, G. Tolias, O. Chum, Fine-tuning CNN Image Retrieval with No Human Annotation, TPAMI 2019, arXiv 1711.02512 "
                + "(with a fixed power)",
            new LinearHead.Options { Pooling = Pooling.Gem },
            (backbone, options, initializer) => new LinearHead(backbone, options, initializer)),
        Line(
            "layer-norm",
            "S. Kim, B. Jeong, S. Kwak, HIER, CVPR 2023, arXiv 2212.14258; with pooling max that of E. W. Teh, T. DeVries, G. W. Taylor, "
                + "ProxyNCA++, ECCV 2020, arXiv 2004.01113",
            new LinearHead.Options { LayerNorm = true, Initialization = WeightInitialization.Orthogonal },
            (backbone, options, initializer) => new LinearHead(backbone, options, initializer)),
        Line(
            "mlp",
            "T. Chen, S. Kornblith, M. Norouzi, G. Hinton, A Simple Framework for Contrastive Learning, ICML 2020, arXiv 2002.05709 (its "
                + "projection head)",
            new MlpHead.Options(),
            (backbone, options, initializer) => new MlpHead(backbone, options, initializer)),
        Line(
            "second-order-attention",
            "M. K. Ebrahimpour, G. Qian, A. Beach, Multi-Head Deep Metric Learning Using Global and Local Representations, WACV 2022, "
                + "arXiv 2112.14327 (the global level)",
            new SecondOrderAttentionHead.Options(),
            (backbone, options, initializer) => new SecondOrderAttentionHead(backbone, options, initializer)),
        Line(
            "ensemble",
            "D. Zabihzadeh, Z. Alitbi, S. J. Mousavirad, Ensemble of Loss Functions to Improve Generalizability of Deep Metric Learning "
                + "methods, Multimedia Tools and Applications 2023, arXiv 2107.01130 (for ensemble-losses)",
            new EnsembleHead.Options(),
            (backbone, options, initializer) => new EnsembleHead(backbone, options, initializer)),
        Line("l2", "The backbone's own feature, scaled to length 1.", new FeatureHead.Options(), (backbone, options, _) =>
            new FeatureHead(backbone, options, unit: true)),
        Line(
            "none", "The backbone's own feature, of whatever length; not for the search service, which needs length 1.",
            new FeatureHead.Options(), (backbone, options, _) => new FeatureHead(backbone, options, unit: false)),
    ];

    /// <summary>Builds the chosen head.</summary>
    /// <param name="choice">A name of the table with the options that differ from the defaults.</param>
    /// <param name="backbone">The backbone it follows.</param>
    /// <param name="initializer">Source of the initial weights.</param>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    public static EmbeddingHead Create(MethodChoice choice, Backbone backbone, Initializer initializer) =>
        Catalogue.Find("head", All, choice.Name).Build(backbone, choice.Options, initializer);

    private static HeadMethod Line<TOptions>(
        string name, string paper, TOptions defaults, Func<Backbone, TOptions, Initializer, EmbeddingHead> build)
        where TOptions : class =>
        new(name, paper, defaults, (backbone, given, initializer) =>
            build(backbone, MethodOptions.Read(name, defaults, given), initializer));
}
