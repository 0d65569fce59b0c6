using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// GoogLeNet as the paper describes it and Caffe trained it: no batch norm, local response normalisation, real 5x5 convolutions.
/// Names are those of the BVLC model, so its weights load by name.
/// C. Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, arXiv 1409.4842.
/// </summary>
public sealed class CaffeGoogLeNet : LayeredBackbone
{
    private const int SmallestInput = 31;
    private const float InitialBias = 0.2f;
    private readonly Options _options;
    private readonly Initializer _initializer;

    /// <summary>Builds the network with fresh weights.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public CaffeGoogLeNet(Options options, Initializer initializer) : base(nameof(CaffeGoogLeNet))
    {
        if (options.InputSize < SmallestInput)
        {
            throw new RecipeException($"googlenet-caffe wants inputSize >= {SmallestInput}, not {options.InputSize}.");
        }

        _options = options;
        _initializer = initializer;
        FeatureMapSide = options.InputSize;
        AddStem();
        AddInceptions();
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Side of the input in pixels, at least 31; published: 224.</summary>
        public int InputSize { get; init; } = 224;

        /// <summary>
        /// How the convolutions start; published: Caffe's "xavier" filler, uniform on +-sqrt(3 / fan-in), with biases of 0.2.
        /// </summary>
        public WeightInitialization Initialization { get; init; }
    }

    /// <inheritdoc/>
    public override int OutputDimension => 1024;

    /// <inheritdoc/>
    public override Preprocessing Preprocessing => Normalization.CaffeMean(_options.InputSize, 104, 117, 123);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Stages => ["conv", "inception_3", "inception_4", "inception_5"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> NotLoaded => ["loss1_", "loss2_", "loss3_"];

    private void AddStem()
    {
        AddStrided(Conv("conv1/7x7_s2", 3, 64, 7, 2), 2);
        AddPool("pool1/3x3_s2", 3);
        Add(NetworkLayer.LocalResponseNorm("pool1/norm1", 64));
        Add(Conv("conv2/3x3_reduce", 64, 64, 1));
        Add(Conv("conv2/3x3", 64, 192, 3));
        Add(NetworkLayer.LocalResponseNorm("conv2/norm2", 192));
        AddPool("pool2/3x3_s2", 3);
    }

    private void AddInceptions()
    {
        AddInception("inception_3a", 192, 64, 96, 128, 16, 32, 32);
        AddInception("inception_3b", 256, 128, 128, 192, 32, 96, 64);
        AddPool("pool3/3x3_s2", 3);
        AddInception("inception_4a", 480, 192, 96, 208, 16, 48, 64);
        AddInception("inception_4b", 512, 160, 112, 224, 24, 64, 64);
        AddInception("inception_4c", 512, 128, 128, 256, 24, 64, 64);
        AddInception("inception_4d", 512, 112, 144, 288, 32, 64, 64);
        AddInception("inception_4e", 528, 256, 160, 320, 32, 128, 128);
        AddPool("pool4/3x3_s2", 3);
        AddInception("inception_5a", 832, 256, 160, 320, 32, 128, 128);
        AddInception("inception_5b", 832, 384, 192, 384, 48, 128, 128);
    }

    private void AddInception(string name, int inputs, int c1, int r3, int c3, int r5, int c5, int pool) => Add(NetworkLayer.Concat(
        name,
        Conv($"{name}/1x1", inputs, c1, 1),
        NetworkLayer.Chain($"{name}/3x3", Conv($"{name}/3x3_reduce", inputs, r3, 1), Conv($"{name}/3x3", r3, c3, 3)),
        NetworkLayer.Chain($"{name}/5x5", Conv($"{name}/5x5_reduce", inputs, r5, 1), Conv($"{name}/5x5", r5, c5, 5)),
        NetworkLayer.Chain($"{name}/pool", NetworkLayer.MaxPool($"{name}/pool", 3, 1, 1), Conv($"{name}/pool_proj", inputs, pool, 1))));

    private NetworkLayer Conv(string name, int inputs, int outputs, int kernel, int stride = 1)
    {
        var conv = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: kernel / 2);
        var fanIn = inputs * kernel * kernel;
        if (_options.Initialization == WeightInitialization.FanIn)
        {
            _initializer.FanIn(conv.weight!);
            _initializer.Uniform(conv.bias!, 1 / Math.Sqrt(fanIn));
        }
        else if (_options.Initialization == WeightInitialization.Orthogonal)
        {
            _initializer.Orthogonal(conv.weight!);
            conv.bias!.FromFloats(new float[outputs]);
        }
        else
        {
            _initializer.Uniform(conv.weight!, Math.Sqrt(3.0 / fanIn));
            conv.bias!.FromFloats([.. Enumerable.Repeat(InitialBias, outputs)]);
        }

        register_module(name, conv);
        var unit = new ConvUnit(conv, null, 0, stride, kernel / 2);
        return new(name, unit.Forward, unit.Export) { BeforeRelu = unit.BeforeRelu };
    }
}
