using Dml.Embedding;
using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// ResNet, layer for layer and name for name torchvision's, so its weights load by name.
/// K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, arXiv 1512.03385.
/// </summary>
public sealed class ResNet : LayeredBackbone
{
    internal const double Epsilon = 1e-5;
    private const int SmallestInput = 32;
    private const int SmallestBottleneck = 50;
    private readonly Options _options;

    /// <summary>Builds the network with fresh weights: convolutions normal with a variance of 2 / fan-out, as the paper starts.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public ResNet(Options options, Initializer initializer) : base(nameof(ResNet))
    {
        var blocks = BlocksOf(options.Depth);
        var check = new OptionCheck("resnet");
        check.AtLeast(SmallestInput, options.InputSize);
        check.AtLeast(1, options.Width);
        check.AtLeast(0, options.ExtraBlocks);
        _options = options;
        FeatureMapSide = options.InputSize;
        AddStem(initializer);
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            AddStage(stage, blocks[stage] + (stage == blocks.Length - 1 ? options.ExtraBlocks : 0), initializer);
        }

        if (options.FreezeBatchNorm)
        {
            FreezeBatchNorms();
        }
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Side of the input in pixels, at least 32.</summary>
        public int InputSize { get; init; } = 224;

        /// <summary>Layers with weights, the classifier included, as in the name: 18, 34 or 50.</summary>
        public int Depth { get; init; } = 18;

        /// <summary>Channels of the first stage; each of the three that follow doubles them. Published: 64.</summary>
        public int Width { get; init; } = 64;

        /// <summary>Blocks at the end of the last stage beyond the published number.</summary>
        public int ExtraBlocks { get; init; }

        /// <summary>How pixels are prepared.</summary>
        public PixelNormalization Normalization { get; init; }

        /// <summary>Keep the batch-norm statistics, scales and shifts as loaded, as is usual on small fine-grained sets.</summary>
        public bool FreezeBatchNorm { get; init; }
    }

    /// <summary>The conventions of published weights.</summary>
    public enum PixelNormalization
    {
        /// <summary>ImageNet's mean and deviation, as torchvision has them.</summary>
        Imagenet,

        /// <summary>Blue, green, red minus the mean, as the network was fed that Microsoft trained in CNTK.</summary>
        Cntk,
    }

    /// <inheritdoc/>
    public override int OutputDimension => ResidualBlock.OutputsOf(8 * _options.Width, IsBottleneck);

    /// <inheritdoc/>
    public override Preprocessing Preprocessing => _options.Normalization == PixelNormalization.Imagenet
        ? Normalization.ImageNet(_options.InputSize)
        : Normalization.CaffeMean(_options.InputSize, 103.06f, 115.9f, 123.15f);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Stages => ["conv1", "bn1", "layer1", "layer2", "layer3", "layer4"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> NotLoaded => ["fc_"];

    private bool IsBottleneck => _options.Depth >= SmallestBottleneck;

    private static int[] BlocksOf(int depth) => depth switch
    {
        18 => [2, 2, 2, 2],
        34 or 50 => [3, 4, 6, 3],
        _ => throw new RecipeException($"resnet: depth must be 18, 34 or 50; got {depth}."),
    };

    private void AddStem(Initializer initializer)
    {
        var (conv, norm) = ResidualBlock.Convolution(3, _options.Width, 7, 2, initializer);
        register_module("conv1", conv);
        register_module("bn1", norm);
        var unit = new ConvUnit(conv, norm, Epsilon, 2, 3);
        AddStrided(new("conv1", unit.Forward, unit.Export), 2);
        AddStrided(NetworkLayer.MaxPool("maxpool", 3, 2, 1, ceiling: false), 2);
    }

    private void AddStage(int stage, int count, Initializer initializer)
    {
        var name = $"layer{stage + 1}";
        var width = _options.Width << stage;
        var inputs = stage == 0 ? width : ResidualBlock.OutputsOf(width / 2, IsBottleneck);
        var blocks = new List<ResidualBlock>();
        for (var number = 0; number < count; number++)
        {
            var stride = number == 0 && stage > 0 ? 2 : 1;
            var block = new ResidualBlock(inputs, width, IsBottleneck, stride, initializer);
            blocks.Add(block);
            AddStrided(new($"{name}.{number}", block.call, block.Export) { BeforeRelu = block.BeforeRelu }, stride);
            inputs = block.Outputs;
        }

        register_module(name, nn.ModuleList([.. blocks]));
    }
}
