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
/// </summary>
public sealed class VisionTransformer : Backbone
{
    private readonly Options _options;
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

    /// <summary>Builds the network; tokens, pos_embed and linear weights from a truncated normal of deviation 0.02.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public VisionTransformer(Options options, Initializer initializer) : base(nameof(VisionTransformer))
    {
        Check(options);
        _options = options;
        var specials = options.Distilled ? 2 : 1;
        var side = options.InputSize / options.PatchSize;
        _patch_embed = new(options.PatchSize, options.Width, initializer);
        _cls_token = Token(1, options.Width, initializer);
        _pos_embed = Token(specials + (side * side), options.Width, initializer);
        _blocks = nn.ModuleList(
            Enumerable.Range(0, options.Depth).Select(_ => new TransformerBlock(options.Width, options.Heads, initializer)).ToArray());
        _norm = nn.LayerNorm(options.Width, TransformerBlock.Epsilon);
        _dist_token = options.Distilled ? Token(1, options.Width, initializer) : null;
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
    }

    /// <inheritdoc/>
    public override int OutputDimension => _options.Width;

    /// <inheritdoc/>
    public override Preprocessing Preprocessing => _options.HalfNormalization
        ? Normalization.Half(_options.InputSize)
        : Normalization.ImageNet(_options.InputSize);

    /// <inheritdoc/>
    public override IReadOnlyList<string> WithoutWeightDecay => ["cls_token", "pos_embed", "dist_token"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Stages =>
        ["patch_embed.", .. Enumerable.Range(0, _options.Depth).Select(block => $"blocks.{block}."), "norm."];

    /// <inheritdoc/>
    public override IReadOnlyList<string> NotLoaded => ["head_"];

    /// <summary>Tokens that are no patches: 1, or 2 when distilled.</summary>
    internal int SpecialTokens => _dist_token is null ? 1 : 2;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var tokens = Tokens(input);
        var feature = _options.AverageDistToken && _dist_token is not null
            ? (tokens.select(1, 0) + tokens.select(1, 1)) / 2
            : tokens.select(1, 0);
        return feature.MoveToOuterDisposeScope();
    }

    /// <summary>All tokens after the last norm, [batch, specials + patches, width].</summary>
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
        return (cat(parts, 1) + _pos_embed).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override string Export(OnnxGraph graph, string input)
    {
        var patches = _patch_embed.Export(graph, input);
        var specials = _dist_token is null
            ? _cls_token.ToFloats()
            : [.. _cls_token.ToFloats(), .. _dist_token.ToFloats()];
        var front = graph.RepeatForBatch(graph.Floats(specials, 1, SpecialTokens, _options.Width), patches);
        var x = graph.Add(graph.Concat(1, front, patches), graph.Floats(_pos_embed.ToFloats(), _pos_embed.shape));
        foreach (var block in _blocks)
        {
            x = block.Export(graph, x);
        }

        x = graph.LayerNorm(x, _norm.weight!.ToFloats(), _norm.bias!.ToFloats(), TransformerBlock.Epsilon);
        var token = graph.Select(x, 1, 0);
        return _options.AverageDistToken && _dist_token is not null
            ? graph.Mul(graph.Add(token, graph.Select(x, 1, 1)), graph.Floats([0.5f]))
            : token;
    }

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

        if (options.Heads < 1 || options.Depth < 1 || options.Width < options.Heads || options.Width % options.Heads != 0)
        {
            throw new RecipeException(
                $"A vision transformer wants depth >= 1 and a width that its heads divide; got depth {options.Depth}, width "
                    + $"{options.Width}, heads {options.Heads}.");
        }
    }
}
