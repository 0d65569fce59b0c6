using Dml.Embedding;
using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// Inception with batch normalisation, layer for layer and name for name the Caffe port whose weights metric learning papers start from.
/// S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015, arXiv 1502.03167.
/// </summary>
public sealed class BnInception : LayeredBackbone
{
    private const int SmallestInput = 32;
    private const double Epsilon = 1e-5;
    private readonly Options _options;
    private readonly Initializer _initializer;
    private int _channels;

    /// <summary>Builds the network with fresh weights: uniform on +-1 / sqrt(fan-in), as the published port starts.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public BnInception(Options options, Initializer initializer) : base(nameof(BnInception))
    {
        _options = options;
        _initializer = initializer;
        FeatureMapSide = options.InputSize;
        AddStem();
        if (options.InputSize < SmallestInput || FeatureMapSide % 4 != 0)
        {
            throw new RecipeException(
                $"bn-inception halves its map with strided convolutions beside ceil-mode pools, which agree when the map behind the stem "
                    + $"has a side that 4 divides: any multiple of 32 as inputSize, or 227; {options.InputSize} gives a side of "
                    + $"{FeatureMapSide}.");
        }

        AddInceptions();
        if (options.FreezeBatchNorm)
        {
            FreezeBatchNorms();
        }
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Side of the input in pixels: a multiple of 32, or another size that the strided blocks agree on, such as 227.</summary>
        public int InputSize { get; init; } = 224;

        /// <summary>Keep the batch-norm statistics, scales and shifts as loaded, as is usual on small fine-grained sets.</summary>
        public bool FreezeBatchNorm { get; init; }
    }

    /// <inheritdoc/>
    public override int OutputDimension => 1024;

    /// <inheritdoc/>
    public override Preprocessing Preprocessing => Normalization.CaffeMean(_options.InputSize, 104, 117, 128);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Stages => ["conv", "inception_3", "inception_4", "inception_5"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> NotLoaded => ["last_linear_", "fc_"];

    private void AddStem()
    {
        AddStrided(Conv("conv1_7x7_s2", 3, 64, 7, 2), 2);
        AddPool("pool1_3x3_s2", 3);
        Add(Conv("conv2_3x3_reduce", 64, 64, 1));
        Add(Conv("conv2_3x3", 64, 192, 3));
        AddPool("pool2_3x3_s2", 3);
        _channels = 192;
    }

    private void AddInceptions()
    {
        AddBlock("inception_3a", 64, 64, 64, 64, 96, 32);
        AddBlock("inception_3b", 64, 64, 96, 64, 96, 64);
        AddHalvingBlock("inception_3c", 128, 160, 64, 96);
        AddBlock("inception_4a", 224, 64, 96, 96, 128, 128);
        AddBlock("inception_4b", 192, 96, 128, 96, 128, 128);
        AddBlock("inception_4c", 160, 128, 160, 128, 160, 128);
        AddBlock("inception_4d", 96, 128, 192, 160, 192, 128);
        AddHalvingBlock("inception_4e", 128, 192, 192, 256);
        AddBlock("inception_5a", 352, 192, 320, 160, 224, 128);
        AddBlock("inception_5b", 352, 192, 320, 192, 224, 128, maximum: true);
    }

    private void AddBlock(string name, int c1, int r3, int c3, int rDouble, int cDouble, int projection, bool maximum = false)
    {
        Add(NetworkLayer.Concat(
            name,
            Conv($"{name}_1x1", _channels, c1, 1),
            Branch3x3(name, r3, c3, 1),
            BranchDouble3x3(name, rDouble, cDouble, 1),
            NetworkLayer.Chain(
                $"{name}_pool",
                maximum ? NetworkLayer.MaxPool($"{name}_pool", 3, 1, 1) : NetworkLayer.AveragePool3x3($"{name}_pool", _channels),
                Conv($"{name}_pool_proj", _channels, projection, 1))));
        _channels = c1 + c3 + cDouble + projection;
    }

    private void AddHalvingBlock(string name, int r3, int c3, int rDouble, int cDouble)
    {
        AddStrided(
            NetworkLayer.Concat(
                name, Branch3x3(name, r3, c3, 2), BranchDouble3x3(name, rDouble, cDouble, 2), NetworkLayer.MaxPool($"{name}_pool", 3, 2)),
            2);
        _channels += c3 + cDouble;
    }

    private NetworkLayer Branch3x3(string name, int reduced, int outputs, int stride) => NetworkLayer.Chain(
        $"{name}_3x3",
        Conv($"{name}_3x3_reduce", _channels, reduced, 1),
        Conv($"{name}_3x3", reduced, outputs, 3, stride));

    private NetworkLayer BranchDouble3x3(string name, int reduced, int outputs, int stride) => NetworkLayer.Chain(
        $"{name}_double_3x3",
        Conv($"{name}_double_3x3_reduce", _channels, reduced, 1),
        Conv($"{name}_double_3x3_1", reduced, outputs, 3),
        Conv($"{name}_double_3x3_2", outputs, outputs, 3, stride));

    private NetworkLayer Conv(string name, int inputs, int outputs, int kernel, int stride = 1)
    {
        var conv = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: kernel / 2);
        _initializer.FanIn(conv.weight!);
        _initializer.Uniform(conv.bias!, 1 / Math.Sqrt(inputs * kernel * kernel));
        var norm = nn.BatchNorm2d(outputs, Epsilon);
        register_module(name, conv);
        register_module($"{name}_bn", norm);
        var unit = new ConvUnit(conv, norm, Epsilon, stride, kernel / 2);
        return new(name, unit.Forward, unit.Export) { BeforeRelu = unit.BeforeRelu };
    }
}
