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
