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
            new ProxyAnchor.Options(), (shape, options, initializer) => new ProxyAnchor(shape, options, initializer)),
        Line("soft-orthogonal-proxies", "F. Saberi-Movahed et al., Deep Metric Learning with Soft Orthogonal Proxies, 2023, arXiv 2306.13055",
            new ProxyAnchorSoftOrthogonal.Options(), (shape, options, initializer) => new ProxyAnchorSoftOrthogonal(shape, options, initializer)),
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
