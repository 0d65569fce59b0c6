using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Heads;

/// <summary>
/// A separate embedding for each loss of <c>ensemble-losses</c>, and for the search all of them end to end, each of length 1 times the
/// root of its loss's weight (WEDL); where asked for, compressed by linear layer, tanh and linear layer (WEDL_C). D. Zabihzadeh, Z. Alitbi,
/// S. J. Mousavirad, "Ensemble of Loss Functions to Improve Generalizability of Deep Metric Learning methods", Multimedia Tools and
/// Applications 2023, arXiv 2107.01130. Formulas were read in the authors' code, of which the members' own layers are missing: here they
/// are linear layers on the pooled feature. Searched vectors have length 1 because the service needs it.
/// </summary>
public sealed class EnsembleHead : PooledHead
{
    // Keeps roots and shares off 0 where all rows are equal.
    private const double Small = 1e-12;
    private readonly Options _options;
    [ComponentName(Name = "linear")]
    private readonly Linear _linear;
    [ComponentName(Name = "hidden")]
    private readonly Linear? _hidden;
    [ComponentName(Name = "compressed")]
    private readonly Linear? _compressed;
    [ComponentName(Name = "weights")]
    private readonly Tensor _weights;

    /// <summary>Builds the head with fresh weights and equal members.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public EnsembleHead(Backbone backbone, Options options, Initializer initializer)
        : base(nameof(EnsembleHead), backbone, options.Pooling, options.Grid)
    {
        if (
            options.Members is < 1 or > 64
            || options.Width is < 1 or > 4096
            || options.Members * options.Width > 4096
            || options.Compressed is < 0 or > 4096)
        {
            throw new RecipeException(
                $"ensemble wants 1 to 64 members of a width of at least 1, together of 4096 dimensions at most, compressed to 1 to 4096 "
                    + $"or, with 0, not at all; not {options.Members}, {options.Width} and {options.Compressed}.");
        }

        _options = options;
        _linear = Layer(FeatureDimension, ProjectedDimension, weight => initializer.Normal(weight, Math.Sqrt(2.0 / options.Width)));
        if (options.Compressed > 0)
        {
            _hidden = Layer(ProjectedDimension, options.Compressed, initializer.FanIn);
            _compressed = Layer(options.Compressed, options.Compressed, initializer.FanIn);
        }

        _weights = full([options.Members], Math.Sqrt(1.0 / options.Members), dtype: float32);
        RegisterComponents();
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Losses, the classification among them, 1..64.</summary>
        public int Members { get; init; } = 4;

        /// <summary>Length of each member's embedding.</summary>
        public int Width { get; init; } = 64;

        /// <summary>Length that all of them are compressed to, as published twice the width; 0: they are not.</summary>
        public int Compressed { get; init; }

        /// <summary>Pooling of a feature map; a transformer's token needs none.</summary>
        public Pooling Pooling { get; init; } = Pooling.Average;

        /// <summary>Pool to grid x grid cells, laid end to end; must divide the map's side.</summary>
        public int Grid { get; init; } = 1;
    }

    /// <inheritdoc/>
    public override int Dimension => _options.Compressed > 0 ? _options.Compressed : ProjectedDimension;

    /// <inheritdoc/>
    public override int ProjectedDimension => _options.Members * _options.Width;

    /// <summary>Number of losses that have their own embedding.</summary>
    public int Members => _options.Members;

    /// <inheritdoc/>
    public override Tensor Project(Tensor feature) => _linear.call(feature).to(float32);

    /// <inheritdoc/>
    public override Tensor Join(Tensor projected)
    {
        using var scope = NewDisposeScope();
        var joined = Weighted(projected);
        return (_compressed is null ? joined : Compress(joined)).MoveToOuterDisposeScope();
    }

    /// <summary>Sets the factors of the members.</summary>
    /// <param name="roots">Of the losses' weights, [members].</param>
    internal void Weigh(Tensor roots)
    {
        using var noGradient = no_grad();
        _weights.copy_(roots);
    }

    /// <summary>How far the compression distorts a batch; only the compression learns by it. Null without compression.</summary>
    /// <param name="projected">[batch, <see cref="ProjectedDimension"/>]; no gradient goes there.</param>
    internal Tensor? CompressionLoss(Tensor projected)
    {
        if (_compressed is null)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var joined = Weighted(projected.detach());
        // Of unit rows, because those are searched.
        return Distortion(F.normalize(Compress(joined)), joined).MoveToOuterDisposeScope();
    }

    /// <summary>batch^2 |D/sum D - D'/sum D'|, D and D' the squared distances between all rows before and after.</summary>
    internal static Tensor Distortion(Tensor after, Tensor before)
    {
        using var scope = NewDisposeScope();
        var difference = Shares(after) - Shares(before);
        return ((difference.square().sum() + (Small * Small)).sqrt() * (after.shape[0] * after.shape[0])).MoveToOuterDisposeScope();
    }

    private static Tensor Shares(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var squares = (rows.unsqueeze(1) - rows.unsqueeze(0)).square().sum(2);
        return (squares / (squares.sum() + Small)).MoveToOuterDisposeScope();
    }

    private Tensor Weighted(Tensor projected)
    {
        using var scope = NewDisposeScope();
        var blocks = F.normalize(projected.view(-1, _options.Members, _options.Width), 2.0, 2);
        return (blocks * _weights.unsqueeze(1)).flatten(1).MoveToOuterDisposeScope();
    }

    private Tensor Compress(Tensor joined)
    {
        using var scope = NewDisposeScope();
        return _compressed!.call(_hidden!.call(joined).tanh()).to(float32).MoveToOuterDisposeScope();
    }

    internal override string Export(OnnxGraph graph, string input)
    {
        var blocks = graph.Reshape(Export(graph, _linear, ExportNormed(graph, input)), 0, _options.Members, _options.Width);
        var joined = graph.Flatten(graph.Mul(graph.Normalize(blocks, axis: 2), graph.Floats(_weights.ToFloats(), _options.Members, 1)));
        return graph.Normalize(
            _compressed is null ? joined : Export(graph, _compressed, graph.Tanh(Export(graph, _hidden!, joined))));
    }
}
