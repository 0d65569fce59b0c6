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
    private readonly Options options;
    private readonly BasicConv conv1, conv2, conv3;
    private readonly Inception inception3a, inception3b;
    private readonly Inception inception4a, inception4b, inception4c, inception4d, inception4e;
    private readonly Inception inception5a, inception5b;

    /// <summary>Builds the network with weights drawn from a truncated normal of deviation 0.01, as torchvision does.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public GoogLeNet(Options options, Initializer initializer) : base(nameof(GoogLeNet))
    {
        if (options.InputSize < SmallestInput || options.StemStride is not (1 or 2))
        {
            throw new RecipeException($"googlenet wants inputSize >= {SmallestInput} and stemStride 1 or 2, not {options.InputSize} and {options.StemStride}.");
        }

        this.options = options;
        conv1 = new(3, 64, 7, initializer, options.StemStride, 3);
        conv2 = new(64, 64, 1, initializer);
        conv3 = new(64, 192, 3, initializer, padding: 1);
        inception3a = new(192, 64, 96, 128, 16, 32, 32, initializer);
        inception3b = new(256, 128, 128, 192, 32, 96, 64, initializer);
        inception4a = new(480, 192, 96, 208, 16, 48, 64, initializer);
        inception4b = new(512, 160, 112, 224, 24, 64, 64, initializer);
        inception4c = new(512, 128, 128, 256, 24, 64, 64, initializer);
        inception4d = new(512, 112, 144, 288, 32, 64, 64, initializer);
        inception4e = new(528, 256, 160, 320, 32, 128, 128, initializer);
        inception5a = new(832, 256, 160, 320, 32, 128, 128, initializer);
        inception5b = new(832, 384, 192, 384, 48, 128, 128, initializer);
        RegisterComponents();
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

        /// <summary>Keep the batch-norm statistics, scales and shifts as loaded, as is usual on small fine-grained sets.</summary>
        public bool FreezeBatchNorm { get; init; }

        /// <summary>
        /// The network sees (rgb - 0.5) / 0.5, as torchvision's weights do. False: plain ImageNet normalisation, as the Proxy Anchor and IAA repositories feed it.
        /// </summary>
        public bool TransformInput { get; init; } = true;
    }

    /// <inheritdoc/>
    public override int OutputDimension => 1024;

    /// <inheritdoc/>
    public override bool GivesFeatureMap => true;

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

    private IEnumerable<Inception> Inceptions =>
        [inception3a, inception3b, inception4a, inception4b, inception4c, inception4d, inception4e, inception5a, inception5b];

    private IEnumerable<BasicConv> Convolutions => [conv1, conv2, conv3, .. Inceptions.SelectMany(i => i.Convolutions)];

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

    private IEnumerable<(string Name, Func<Tensor, Tensor> Layer)> Layers =>
    [
        ("conv1", conv1.call), ("maxpool1", x => Pool(x, 3)), ("conv2", conv2.call), ("conv3", conv3.call), ("maxpool2", x => Pool(x, 3)),
        ("inception3a", inception3a.call), ("inception3b", inception3b.call), ("maxpool3", x => Pool(x, 3)),
        ("inception4a", inception4a.call), ("inception4b", inception4b.call), ("inception4c", inception4c.call),
        ("inception4d", inception4d.call), ("inception4e", inception4e.call), ("maxpool4", x => Pool(x, 2)),
        ("inception5a", inception5a.call), ("inception5b", inception5b.call),
    ];

    private static Tensor Pool(Tensor x, int kernel) => F.max_pool2d(x, kernel, 2, 0, ceil_mode: true);

    /// <inheritdoc/>
    public override string Export(OnnxGraph graph, string input)
    {
        var x = graph.MaxPool(conv1.Export(graph, input), 3, 2, 0);
        x = graph.MaxPool(conv3.Export(graph, conv2.Export(graph, x)), 3, 2, 0);
        x = graph.MaxPool(Chain(graph, x, inception3a, inception3b), 3, 2, 0);
        x = graph.MaxPool(Chain(graph, x, inception4a, inception4b, inception4c, inception4d, inception4e), 2, 2, 0);
        return Chain(graph, x, inception5a, inception5b);
    }

    private static string Chain(OnnxGraph graph, string input, params ReadOnlySpan<Inception> inceptions)
    {
        foreach (var inception in inceptions)
        {
            input = inception.Export(graph, input);
        }

        return input;
    }
}
