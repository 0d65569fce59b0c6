using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// DeiT / ViT of any input size, patch, width and depth; the feature is the class token. Names are timm's, so its weights load by name.
/// H. Touvron et al., "Training data-efficient image transformers &amp; distillation through attention", ICML 2021, arXiv 2012.12877.
/// With options, DINOv2 (M. Oquab et al., arXiv 2304.07193; registers: T. Darcet et al., arXiv 2309.16588) and the image tower of CLIP
/// (A. Radford et al., arXiv 2103.00020).
/// </summary>
public sealed class VisionTransformer : Backbone
{
    private const double UsualEpsilon = 1e-6;
    private const double ClipEpsilon = 1e-5;
    private readonly Options _options;
    private readonly double _epsilon;
    // Named as in the published weights, because a field's name is its name in the state.
    [ComponentName(Name = "patch_embed")]
    private readonly PatchEmbedding _patch_embed;
    [ComponentName(Name = "cls_token")]
    private readonly Parameter _cls_token;
    [ComponentName(Name = "pos_embed")]
    private readonly Parameter _pos_embed;
    [ComponentName(Name = "dist_token")]
    private readonly Parameter? _dist_token;
    [ComponentName(Name = "blocks")]
    private readonly ModuleList<TransformerBlock> _blocks;
    [ComponentName(Name = "norm")]
    private readonly LayerNorm _norm;
    [ComponentName(Name = "register_tokens")]
    private readonly Parameter? _register_tokens;
    [ComponentName(Name = "norm_pre")]
    private readonly LayerNorm? _norm_pre;
    [ComponentName(Name = "projection")]
    private readonly Parameter? _projection;

    /// <summary>Builds the network; tokens, pos_embed and linear weights from a truncated normal of deviation 0.02.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public VisionTransformer(Options options, Initializer initializer) : base(nameof(VisionTransformer))
    {
        Check(options);
        _options = options;
        _epsilon = options.Clip ? ClipEpsilon : UsualEpsilon;
        var specials = options.Distilled ? 2 : 1;
        var side = options.InputSize / options.PatchSize;
        _patch_embed = new(options.PatchSize, options.Width, bias: !options.Clip, initializer);
        _cls_token = Token(1, options.Width, initializer);
        _pos_embed = Token(specials + (side * side), options.Width, initializer);
        _blocks = nn.ModuleList(
            Enumerable.Range(0, options.Depth).Select(_ => new TransformerBlock(options, _epsilon, initializer)).ToArray());
        _norm = nn.LayerNorm(options.Width, _epsilon);
        _dist_token = options.Distilled ? Token(1, options.Width, initializer) : null;
        _register_tokens = options.Registers > 0 ? Token(options.Registers, options.Width, initializer) : null;
        _norm_pre = options.Clip ? nn.LayerNorm(options.Width, _epsilon) : null;
        if (options.Projection > 0)
        {
            _projection = nn.Parameter(zeros([options.Width, options.Projection]));
            initializer.Normal(_projection, 1 / Math.Sqrt(options.Width));
        }

        RegisterComponents();
    }

    /// <summary>What a recipe may change; the defaults are DeiT-Tiny's.</summary>
    public sealed record Options
    {
        /// <summary>Side of the input in pixels, a multiple of <see cref="PatchSize"/>.</summary>
        public int InputSize { get; init; } = 224;

        /// <summary>Side of a patch in pixels.</summary>
        public int PatchSize { get; init; } = 16;

        /// <summary>Number of blocks.</summary>
        public int Depth { get; init; } = 12;

        /// <summary>Length of a token, a multiple of <see cref="Heads"/>.</summary>
        public int Width { get; init; } = 192;

        /// <summary>Attention heads; 64 dimensions each in the published sizes.</summary>
        public int Heads { get; init; } = 3;

        /// <summary>A second, distillation token, as the distilled weights have it.</summary>
        public bool Distilled { get; init; }

        /// <summary>
        /// With <see cref="Distilled"/>: the feature is the mean of the class and distillation tokens instead of the class token alone.
        /// </summary>
        public bool AverageDistToken { get; init; }

        /// <summary>(rgb - 0.5) / 0.5, as Google's ViT weights want it, instead of ImageNet's mean and deviation.</summary>
        public bool HalfNormalization { get; init; }

        /// <summary>Tokens that are neither the class's nor a patch's and have no position.</summary>
        public int Registers { get; init; }

        /// <summary>A learned factor for every channel of what a block adds, as DINOv2 has.</summary>
        public bool LayerScale { get; init; }

        /// <summary>
        /// The form of CLIP's image tower: a norm in front of the blocks, patches without bias, an epsilon of 1e-5 in the norms, and the
        /// mean and deviation of CLIP's pictures.
        /// </summary>
        public bool Clip { get; init; }

        /// <summary>x sigmoid(1.702 x) between the layers of a block, as in OpenAI's CLIP, instead of the exact GELU.</summary>
        public bool QuickGelu { get; init; }

        /// <summary>Length of the feature behind a linear layer without bias, as CLIP's vectors are made; 0: no such layer.</summary>
        public int Projection { get; init; }
    }

    /// <inheritdoc/>
    public override int OutputDimension => _projection is null ? _options.Width : _options.Projection;

    /// <inheritdoc/>
    public override Preprocessing Preprocessing => _options switch
    {
        { HalfNormalization: true } => Normalization.Half(_options.InputSize),
        { Clip: true } => Normalization.Clip(_options.InputSize),
        _ => Normalization.ImageNet(_options.InputSize),
    };

    /// <inheritdoc/>
    public override IReadOnlyList<string> WithoutWeightDecay => ["cls_token", "pos_embed", "dist_token", "register_tokens"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Stages =>
    [
        "patch_embed.",
        .. _options.Clip ? (string[])["norm_pre."] : [],
        .. Enumerable.Range(0, _options.Depth).Select(block => $"blocks.{block}."),
        "norm.",
        .. _projection is null ? (string[])[] : ["projection"],
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> NotLoaded => ["head_", "mask_token", .. _projection is null ? (string[])["projection"] : []];

    /// <summary>Tokens that are not patches: 1, or 2 when distilled.</summary>
    internal int SpecialTokens => _dist_token is null ? 1 : 2;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var tokens = Tokens(input);
        var token = _options.AverageDistToken && _dist_token is not null
            ? (tokens.select(1, 0) + tokens.select(1, 1)) / 2
            : tokens.select(1, 0);
        return (_projection is null ? token : token.matmul(_projection)).MoveToOuterDisposeScope();
    }

    /// <summary>All tokens after the last norm, [batch, specials + registers + patches, width].</summary>
    internal Tensor Tokens(Tensor input, Action<string, Tensor>? watch = null)
    {
        using var scope = NewDisposeScope();
        var x = Assemble(_patch_embed.call(input));
        watch?.Invoke("tokens", x);
        for (var i = 0; i < _blocks.Count; i++)
        {
            x = _blocks[i].call(x);
            watch?.Invoke($"block {i}", x);
        }

        return _norm.call(x).MoveToOuterDisposeScope();
    }

    private Tensor Assemble(Tensor patches)
    {
        using var scope = NewDisposeScope();
        var batch = patches.shape[0];
        Tensor[] parts = _dist_token is null
            ? [_cls_token.expand(batch, -1, -1), patches]
            : [_cls_token.expand(batch, -1, -1), _dist_token.expand(batch, -1, -1), patches];
        var placed = cat(parts, 1) + _pos_embed;
        if (_register_tokens is not null)
        {
            placed = cat(
                [placed.narrow(1, 0, SpecialTokens), _register_tokens.expand(batch, -1, -1),
                    placed.narrow(1, SpecialTokens, patches.shape[1])],
                1);
        }

        return (_norm_pre?.call(placed) ?? placed).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override string Export(OnnxGraph graph, string input)
    {
        var x = ExportTokens(graph, _patch_embed.Export(graph, input));
        foreach (var block in _blocks)
        {
            x = block.Export(graph, x);
        }

        x = Norm(graph, _norm, x);
        var token = graph.Select(x, 1, 0);
        if (_options.AverageDistToken && _dist_token is not null)
        {
            token = graph.Mul(graph.Add(token, graph.Select(x, 1, 1)), graph.Floats([0.5f]));
        }

        return _projection is null ? token : graph.MatMul(token, graph.Floats(_projection.ToFloats(), _projection.shape));
    }

    private string ExportTokens(OnnxGraph graph, string patches)
    {
        var specials = _dist_token is null
            ? _cls_token.ToFloats()
            : [.. _cls_token.ToFloats(), .. _dist_token.ToFloats()];
        var front = graph.RepeatForBatch(graph.Floats(specials, 1, SpecialTokens, _options.Width), patches);
        string placed;
        if (_register_tokens is null)
        {
            placed = graph.Add(graph.Concat(1, front, patches), graph.Floats(_pos_embed.ToFloats(), _pos_embed.shape));
        }
        else
        {
            // Registers have no position: the two parts get theirs before they are put together.
            var positions = _pos_embed.ToFloats();
            var split = SpecialTokens * _options.Width;
            var registers = graph.Floats(_register_tokens.ToFloats(), _register_tokens.shape);
            placed = graph.Concat(
                1,
                graph.Add(front, graph.Floats(positions[..split], 1, SpecialTokens, _options.Width)),
                graph.RepeatForBatch(registers, patches),
                graph.Add(patches, graph.Floats(positions[split..], 1, _pos_embed.shape[1] - SpecialTokens, _options.Width)));
        }

        return _norm_pre is null ? placed : Norm(graph, _norm_pre, placed);
    }

    private string Norm(OnnxGraph graph, LayerNorm norm, string input) =>
        graph.LayerNorm(input, norm.weight!.ToFloats(), norm.bias!.ToFloats(), _epsilon);

    private static Parameter Token(int count, int width, Initializer initializer)
    {
        var token = nn.Parameter(zeros([1, count, width]));
        initializer.TruncatedNormal(token, 0.02, 2);
        return token;
    }

    private static void Check(Options options)
    {
        if (options.PatchSize < 1 || options.InputSize < options.PatchSize || options.InputSize % options.PatchSize != 0)
        {
            throw new RecipeException(
                $"A vision transformer's inputSize must be a multiple of its patchSize; {options.InputSize} and {options.PatchSize} are "
                    + $"not.");
        }

        var check = new OptionCheck("A vision transformer");
        check.AtLeast(0, options.Registers);
        check.AtLeast(0, options.Projection);
        if (options.Heads < 1 || options.Depth < 1 || options.Width < options.Heads || options.Width % options.Heads != 0)
        {
            throw new RecipeException(
                $"A vision transformer wants depth >= 1 and a width that its heads divide; got depth {options.Depth}, width "
                    + $"{options.Width}, heads {options.Heads}.");
        }
    }
}
