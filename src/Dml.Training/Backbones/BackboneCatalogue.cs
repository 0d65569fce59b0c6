using System.Text.Json.Nodes;
using Dml.Training.Catalogues;

namespace Dml.Training.Backbones;

/// <summary>Every backbone that a recipe can name.</summary>
public static class BackboneCatalogue
{
    private const string DinoPaper = "M. Oquab et al., DINOv2: Learning Robust Visual Features without Supervision, 2023, arXiv 2304.07193";
    private const string RegisterPaper = "T. Darcet et al., Vision Transformers Need Registers, ICLR 2024, arXiv 2309.16588";
    private const string GoogLeNetPaper = "C. Szegedy et al., Going Deeper with Convolutions, CVPR 2015, arXiv 1409.4842";
    private const string BatchNormPaper = "S. Ioffe, C. Szegedy, Batch Normalization, ICML 2015, arXiv 1502.03167";
    private const string ClipPaper =
        "A. Radford et al., Learning Transferable Visual Models From Natural Language Supervision, ICML 2021, arXiv 2103.00020";
    private const string DeitPaper =
        "H. Touvron et al., Training data-efficient image transformers & distillation through attention, ICML 2021, arXiv 2012.12877";
    private const string ResNetPaper = "K. He et al., Deep Residual Learning for Image Recognition, CVPR 2016, arXiv 1512.03385";
    private const string VitPaper = "A. Dosovitskiy et al., An Image is Worth 16x16 Words, ICLR 2021, arXiv 2010.11929";

    /// <summary>The table; one line a backbone.</summary>
    public static IReadOnlyList<BackboneMethod> All { get; } =
    [
        Line("googlenet", GoogLeNetPaper, "torchvision googlenet", new GoogLeNet.Options(), (options, initializer) =>
            new GoogLeNet(options, initializer)),
        Line("googlenet-caffe", GoogLeNetPaper, "BVLC bvlc_googlenet", new CaffeGoogLeNet.Options(), (options, initializer) =>
            new CaffeGoogLeNet(options, initializer)),
        Line("bn-inception", BatchNormPaper, "pretrained-models bn_inception", new BnInception.Options(), (options, initializer) =>
            new BnInception(options, initializer)),
        Residual("resnet-18", "torchvision resnet18", new() { Depth = 18 }),
        Residual("resnet-34", "torchvision resnet34", new() { Depth = 34 }),
        Residual("resnet-50", "torchvision resnet50", new() { Depth = 50 }),
        Residual("resnet-18-cntk", "models/photo", new() { ExtraBlocks = 1, Normalization = ResNet.PixelNormalization.Cntk }),
        Transformer("deit-tiny", DeitPaper, "deit_tiny_patch16_224", Size(192)),
        Transformer("deit-small", DeitPaper, "deit_small_patch16_224", Size(384)),
        Transformer("deit-base", DeitPaper, "deit_base_patch16_224", Size(768)),
        Transformer("deit-tiny-distilled", DeitPaper, "deit_tiny_distilled_patch16_224", Size(192) with { Distilled = true }),
        Transformer("deit-small-distilled", DeitPaper, "deit_small_distilled_patch16_224", Size(384) with { Distilled = true }),
        Transformer("deit-base-distilled", DeitPaper, "deit_base_distilled_patch16_224", Size(768) with { Distilled = true }),
        Transformer("vit-tiny", VitPaper, "timm vit_tiny_patch16_224", Size(192) with { HalfNormalization = true }),
        Transformer("vit-small", VitPaper, "timm vit_small_patch16_224", Size(384) with { HalfNormalization = true }),
        Transformer("vit-base", VitPaper, "timm vit_base_patch16_224", Size(768) with { HalfNormalization = true }),
        Transformer("dinov2-small", DinoPaper, "dinov2_vits14", Dino(384)),
        Transformer("dinov2-base", DinoPaper, "dinov2_vitb14", Dino(768)),
        Transformer("dinov2-small-registers", RegisterPaper, "dinov2_vits14_reg4", Dino(384) with { Registers = 4 }),
        Transformer("dinov2-base-registers", RegisterPaper, "dinov2_vitb14_reg4", Dino(768) with { Registers = 4 }),
        Transformer("clip-vit-b32", ClipPaper, "OpenAI CLIP ViT-B/32", Clip(32)),
        Transformer("clip-vit-b16", ClipPaper, "OpenAI CLIP ViT-B/16", Clip(16)),
    ];

    /// <summary>Builds the named backbone.</summary>
    /// <param name="name">A name of the table.</param>
    /// <param name="options">Members that differ from the defaults; null for none.</param>
    /// <param name="initializer">Source of the initial weights.</param>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    public static Backbone Create(string name, JsonObject? options, Initializer initializer) =>
        Catalogue.Find("backbone", All, name).Build(options, initializer);

    private static BackboneMethod Residual(string name, string weights, ResNet.Options defaults) =>
        Line(name, ResNetPaper, weights, defaults, (options, initializer) => new ResNet(options, initializer));

    private static BackboneMethod Transformer(string name, string paper, string weights, VisionTransformer.Options defaults) =>
        Line(name, paper, weights, defaults, (options, initializer) => new VisionTransformer(options, initializer));

    private static VisionTransformer.Options Size(int width) => new() { Width = width, Heads = width / 64 };

    private static VisionTransformer.Options Dino(int width) => Size(width) with { PatchSize = 14, LayerScale = true };

    private static VisionTransformer.Options Clip(int patch) =>
        Size(768) with { PatchSize = patch, Clip = true, QuickGelu = true, Projection = 512 };

    private static BackboneMethod Line<TOptions>(
        string name, string paper, string weights, TOptions defaults, Func<TOptions, Initializer, Backbone> build)
        where TOptions : class =>
        new(name, paper, weights, defaults, (given, initializer) => build(MethodOptions.Read(name, defaults, given), initializer));
}
