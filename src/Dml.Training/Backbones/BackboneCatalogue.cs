using System.Text.Json.Nodes;
using Dml.Training.Catalogues;

namespace Dml.Training.Backbones;

/// <summary>Every backbone that a recipe can name.</summary>
public static class BackboneCatalogue
{
    private const string GoogLeNetPaper = "C. Szegedy et al., Going Deeper with Convolutions, CVPR 2015, arXiv 1409.4842";
    private const string DeitPaper = "H. Touvron et al., Training data-efficient image transformers & distillation through attention, ICML 2021, arXiv 2012.12877";

    /// <summary>The table; one line a backbone.</summary>
    public static IReadOnlyList<BackboneMethod> All { get; } =
    [
        Line("googlenet", GoogLeNetPaper, new GoogLeNet.Options(), (options, initializer) => new GoogLeNet(options, initializer)),
        Line("deit-tiny", DeitPaper, new VisionTransformer.Options(), (options, initializer) => new VisionTransformer(options, initializer)),
        Line("deit-small", DeitPaper, new VisionTransformer.Options { Width = 384, Heads = 6 }, (options, initializer) => new VisionTransformer(options, initializer)),
        Line("deit-base", DeitPaper, new VisionTransformer.Options { Width = 768, Heads = 12 }, (options, initializer) => new VisionTransformer(options, initializer)),
    ];

    /// <summary>Builds the named backbone.</summary>
    /// <param name="name">A name of the table.</param>
    /// <param name="options">Members that differ from the defaults; null for none.</param>
    /// <param name="initializer">Source of the initial weights.</param>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    public static Backbone Create(string name, JsonObject? options, Initializer initializer) =>
        Catalogue.Find("backbone", All, name).Build(options, initializer);

    private static BackboneMethod Line<TOptions>(string name, string paper, TOptions defaults, Func<TOptions, Initializer, Backbone> build)
        where TOptions : class =>
        new(name, paper, defaults, (given, initializer) => build(MethodOptions.Read(name, defaults, given), initializer));
}
