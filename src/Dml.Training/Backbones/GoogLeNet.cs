using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Export;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Backbones;

/// <summary>
/// GoogLeNet with batch norm, layer for layer and name for name torchvision's, so its weights load by name.
/// C. Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, arXiv 1409.4842.
/// </summary>
public sealed class GoogLeNet : Backbone
{
    private const int SmallestInput = 15;

    // Widths of the branches (1x1; 1x1 then 3x3; 1x1 then 3x3; pool projection) and the pool in front: table 1 of the paper, as torchvision has it.
    private static readonly Block[] Blocks =
    [
        new("3a", 3, 192, 64, 96, 128, 16, 32, 32), new("3b", 0, 256, 128, 128, 192, 32, 96, 64),
        new("4a", 3, 480, 192, 96, 208, 16, 48, 64), new("4b", 0, 512, 160, 112, 224, 24, 64, 64), new("4c", 0, 512, 128, 128, 256, 24, 64, 64),
        new("4d", 0, 512, 112, 144, 288, 32, 64, 64), new("4e", 0, 528, 256, 160, 320, 32, 128, 128),
        new("5a", 2, 832, 256, 160, 320, 32, 128, 128), new("5b", 0, 832, 384, 192, 384, 48, 128, 128),
    ];

    private readonly Options options;
    private readonly BasicConv conv1, conv2, conv3;
    private readonly List<(Block Shape, Inception Layer)> inceptions;

    /// <summary>Builds the network with weights drawn from a truncated normal of deviation 0.01, as torchvision does.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public GoogLeNet(Options options, Initializer initializer) : base(nameof(GoogLeNet))
    {
        if (options.InputSize < SmallestInput || options.StemStride is not (1 or 2))
        {
            throw new RecipeException($"googlenet wants inputSize >= {SmallestInput} and stemStride 1 or 2, not {options.InputSize} and {options.StemStride}.");
        }

        var last = Array.FindIndex(Blocks, block => block.Name == options.LastBlock);
        if (last < 0)
        {
            throw new RecipeException($"googlenet's lastBlock is one of {string.Join(", ", Blocks.Select(block => block.Name))}, not '{options.LastBlock}'.");
        }

        this.options = options;
        conv1 = new(3, 64, 7, initializer, options.StemStride, 3);
        conv2 = new(64, 64, 1, initializer);
        conv3 = new(64, 192, 3, initializer, padding: 1);
        inceptions = [.. Blocks.Take(last + 1).Select(block => (block, block.Build(initializer)))];
        RegisterComponents();
        foreach (var (shape, layer) in inceptions)
        {
            register_module($"inception{shape.Name}", layer);
        }

        if (options.FreezeBatchNorm)
        {
            foreach (var parameter in Convolutions.SelectMany(c => c.BatchNormParameters))
            {
                parameter.requires_grad = false;
            }
        }
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Side of the input in pixels, at least 15.</summary>
        public int InputSize { get; init; } = 224;

        /// <summary>Stride of the first convolution; 1 keeps twice the resolution, which suits inputs of 32 to 96 pixels and costs about four times the work.</summary>
        public int StemStride { get; init; } = 2;

        /// <summary>
        /// Where the network ends, 3a to 5b. An early end keeps the layout of small aligned pictures, which the last pools throw away,
        /// and learns from scratch in far fewer steps.
        /// </summary>
        public string LastBlock { get; init; } = "5b";

        /// <summary>Keep the batch-norm statistics, scales and shifts as loaded, as is usual on small fine-grained sets.</summary>
        public bool FreezeBatchNorm { get; init; }

        /// <summary>
        /// The network sees (rgb - 0.5) / 0.5, as torchvision's weights do. False: plain ImageNet normalisation, as the Proxy Anchor and IAA repositories feed it.
        /// </summary>
        public bool TransformInput { get; init; } = true;
    }

    /// <inheritdoc/>
    public override int OutputDimension => inceptions[^1].Shape.Outputs;

    /// <inheritdoc/>
    public override int MapSide => inceptions.Aggregate(
        HalfSide(((options.InputSize - 1) / options.StemStride) + 1, 3),
        (side, inception) => inception.Shape.PoolBefore == 0 ? side : HalfSide(side, inception.Shape.PoolBefore));

    /// <inheritdoc/>
    public override Preprocessing Preprocessing => options.TransformInput
        ? Normalization.Half(options.InputSize)
        : Normalization.ImageNet(options.InputSize);

    /// <inheritdoc/>
    public override void KeepFrozen()
    {
        if (options.FreezeBatchNorm)
        {
            foreach (var convolution in Convolutions)
            {
                convolution.FreezeBatchNorm();
            }
        }
    }

    private IEnumerable<BasicConv> Convolutions => [conv1, conv2, conv3, .. inceptions.SelectMany(i => i.Layer.Convolutions)];

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => forward(input, null);

    /// <summary>The forward pass, handing every named layer's output to <paramref name="watch"/> while it lives.</summary>
    internal Tensor forward(Tensor input, Action<string, Tensor>? watch)
    {
        using var scope = NewDisposeScope();
        var x = input;
        foreach (var (name, layer) in Layers)
        {
            x = layer(x);
            watch?.Invoke(name, x);
        }

        return x.MoveToOuterDisposeScope();
    }

    private IEnumerable<(string Name, Func<Tensor, Tensor> Layer)> Layers
    {
        get
        {
            yield return ("conv1", conv1.call);
            yield return ("maxpool1", x => Pool(x, 3));
            yield return ("conv2", conv2.call);
            yield return ("conv3", conv3.call);
            var pools = 1;
            foreach (var (shape, layer) in inceptions)
            {
                if (shape.PoolBefore > 0)
                {
                    yield return ($"maxpool{++pools}", x => Pool(x, shape.PoolBefore));
                }

                yield return ($"inception{shape.Name}", layer.call);
            }
        }
    }

    private static Tensor Pool(Tensor x, int kernel) => F.max_pool2d(x, kernel, 2, 0, ceil_mode: true);

    // Stride 2 without padding, rounded up.
    private static int HalfSide(int side, int kernel) => ((side - kernel + 1) / 2) + 1;

    /// <inheritdoc/>
    public override string Export(OnnxGraph graph, string input)
    {
        var x = graph.MaxPool(conv1.Export(graph, input), 3, 2, 0);
        x = conv3.Export(graph, conv2.Export(graph, x));
        foreach (var (shape, layer) in inceptions)
        {
            x = layer.Export(graph, shape.PoolBefore > 0 ? graph.MaxPool(x, shape.PoolBefore, 2, 0) : x);
        }

        return x;
    }

    private sealed record Block(string Name, int PoolBefore, int Inputs, int C1, int R3, int C3, int R5, int C5, int Pool)
    {
        public int Outputs => C1 + C3 + C5 + Pool;

        public Inception Build(Initializer initializer) => new(Inputs, C1, R3, C3, R5, C5, Pool, initializer);
    }
}
