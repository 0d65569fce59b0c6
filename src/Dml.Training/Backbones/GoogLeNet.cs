using Dml.Embedding;
using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// GoogLeNet with batch norm, layer for layer and name for name torchvision's, so its weights load by name.
/// C. Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, arXiv 1409.4842.
/// </summary>
public sealed class GoogLeNet : LayeredBackbone
{
    private const int SmallestInput = 15;
    private readonly Options _options;
    private readonly Action<Tensor> _initialize;

    /// <summary>Builds the network with fresh weights.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public GoogLeNet(Options options, Initializer initializer) : base(nameof(GoogLeNet))
    {
        if (options.InputSize < SmallestInput || options.StemStride is not (1 or 2) || options.Stages is not (3 or 4 or 5))
        {
            throw new RecipeException(
                $"googlenet wants inputSize >= {SmallestInput}, stemStride 1 or 2 and stages 3, 4 or 5, not {options.InputSize}, "
                    + $"{options.StemStride} and {options.Stages}.");
        }

        _options = options;
        _initialize = options.Initialization switch
        {
            WeightInitialization.FanIn => initializer.FanIn,
            WeightInitialization.Orthogonal => initializer.Orthogonal,
            _ => weight => initializer.TruncatedNormal(weight, 0.01, 2),
        };
        FeatureMapSide = options.InputSize;
        AddStem();
        AddStages();
        if (options.FreezeBatchNorm)
        {
            FreezeBatchNorms();
        }
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Side of the input in pixels, at least 15.</summary>
        public int InputSize { get; init; } = 224;

        /// <summary>
        /// Stride of the first convolution; 1 keeps twice the resolution, which suits inputs of 32 to 96 pixels and costs about four times
        /// the work.
        /// </summary>
        public int StemStride { get; init; } = 2;

        /// <summary>
        /// Where the network ends: after inception 3b (480 channels), 4e (832) or 5b (1024, the whole of it). Small pictures learn
        /// better from the earlier, finer maps, with a head that pools to a grid.
        /// </summary>
        public int Stages { get; init; } = 5;

        /// <summary>How the convolutions start; published: a truncated normal of deviation 0.01, as in torchvision.</summary>
        public WeightInitialization Initialization { get; init; }

        /// <summary>Keep the batch-norm statistics, scales and shifts as loaded, as is usual on small fine-grained sets.</summary>
        public bool FreezeBatchNorm { get; init; }

        /// <summary>
        /// The network sees (rgb - 0.5) / 0.5, as torchvision's weights do. False: plain ImageNet normalisation, as the Proxy Anchor and
        /// IAA repositories feed it.
        /// </summary>
        public bool TransformInput { get; init; } = true;
    }

    /// <inheritdoc/>
    public override int OutputDimension => _options.Stages switch { 3 => 480, 4 => 832, _ => 1024 };

    /// <inheritdoc/>
    public override Preprocessing Preprocessing => _options.TransformInput
        ? Normalization.Half(_options.InputSize)
        : Normalization.ImageNet(_options.InputSize);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Stages => ["conv", .. Enumerable.Range(3, _options.Stages - 2).Select(Stage)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> NotLoaded =>
        ["fc_", "aux1_", "aux2_", .. Enumerable.Range(_options.Stages + 1, 5 - _options.Stages).Select(Stage)];

    private static string Stage(int number) => $"inception{number}";

    private void AddStem()
    {
        AddStrided(Conv("conv1", new(3, 64, 7, _initialize, _options.StemStride, 3)), _options.StemStride);
        AddPool("maxpool1", 3);
        Add(Conv("conv2", new(64, 64, 1, _initialize)));
        Add(Conv("conv3", new(64, 192, 3, _initialize, padding: 1)));
        AddPool("maxpool2", 3);
    }

    private void AddStages()
    {
        AddInception("inception3a", 192, 64, 96, 128, 16, 32, 32);
        AddInception("inception3b", 256, 128, 128, 192, 32, 96, 64);
        if (_options.Stages >= 4)
        {
            AddPool("maxpool3", 3);
            AddInception("inception4a", 480, 192, 96, 208, 16, 48, 64);
            AddInception("inception4b", 512, 160, 112, 224, 24, 64, 64);
            AddInception("inception4c", 512, 128, 128, 256, 24, 64, 64);
            AddInception("inception4d", 512, 112, 144, 288, 32, 64, 64);
            AddInception("inception4e", 528, 256, 160, 320, 32, 128, 128);
        }

        if (_options.Stages == 5)
        {
            AddPool("maxpool4", 2);
            AddInception("inception5a", 832, 256, 160, 320, 32, 128, 128);
            AddInception("inception5b", 832, 384, 192, 384, 48, 128, 128);
        }
    }

    private NetworkLayer Conv(string name, BasicConv convolution)
    {
        register_module(name, convolution);
        return new(name, convolution.call, convolution.Export) { BeforeRelu = convolution.BeforeRelu };
    }

    private void AddInception(string name, int inputs, int c1, int r3, int c3, int r5, int c5, int pool)
    {
        var inception = new Inception(inputs, c1, r3, c3, r5, c5, pool, _initialize);
        register_module(name, inception);
        Add(new(name, inception.call, inception.Export) { BeforeRelu = inception.BeforeRelu });
    }
}
