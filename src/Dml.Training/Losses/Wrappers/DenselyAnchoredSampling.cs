using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Torch;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Wrappers;

/// <summary>
/// L. Liu, S. Huang, Z. Zhuang, R. Yang, Y. Wang, M. Tan, "DAS: Densely-Anchored Sampling for Deep Metric Learning", ECCV 2022, arXiv 2208.00119.
/// The base sees the batch and copies of it: every copy of a row has the channels that are large for its class scaled at random (discriminative feature scaling)
/// and is shifted by a difference that two rows of its class once had (memorised transformation shifting). Nothing in it learns; verified against paper and published code.
/// Keeps [classes, dimension] counts and [classes, bank, dimension] differences: 230 MB for 11318 classes, 512 dimensions and a bank of 10.
/// </summary>
public sealed class DenselyAnchoredSampling : LossWrapper
{
    private readonly Options _options;
    [ComponentName(Name = "frequency")]
    private readonly Tensor _frequency;
    [ComponentName(Name = "bank")]
    private readonly Tensor _bank;
    [ComponentName(Name = "stored")]
    private readonly Tensor _stored;

    /// <summary>Empty counts, empty bank.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public DenselyAnchoredSampling(LossShape shape, Options options, Initializer initializer) : base(nameof(DenselyAnchoredSampling), shape, options.Base, initializer)
    {
        if (options.Copies < 1 || options.Channels < 1 || options.Bank < 1 || !(options.ScaleFrom > 0) || !(options.ScaleTo >= options.ScaleFrom) || !double.IsFinite(options.ScaleTo)
            || !(options.Shift >= 0) || !double.IsFinite(options.Shift) || !(options.AuxiliaryWeight >= 0) || !double.IsFinite(options.AuxiliaryWeight))
        {
            throw new RecipeException(
                $"das wants copies, channels and bank of at least 1, 0 < scaleFrom <= scaleTo, shift >= 0 and auxiliaryWeight >= 0, not {options.Copies}, {options.Channels}, {options.Bank}, {options.ScaleFrom}, {options.ScaleTo}, {options.Shift} and {options.AuxiliaryWeight}.");
        }

        this._options = options;
        _frequency = zeros(shape.Classes, shape.Dimension);
        _bank = zeros(shape.Classes * options.Bank, shape.Dimension);
        _stored = zeros([shape.Classes], ScalarType.Int64);
        RegisterComponents();
    }

    /// <summary>What a person must know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Idea = "Fills the space around every row with copies that are scaled in the channels that matter to its class and shifted as rows of its class have differed before.",
        Needs = "a base loss; at least two pictures of a class in a batch (balanced sampler: 56 x 2)",
        Status = SourceStatus.Verified,
        Source = "paper and published code were read; the code's own default range of factors is 0.5 to 2, its scripts for CUB and Cars use the paper's 0.99 to 1.01, which are the defaults here.",
        Claim = "multi-similarity, ResNet-50 512, without and with: CUB 66.46 and 69.19, Cars 83.99 and 87.84, SOP 79.53 and 80.59",
        Measured = "over multi-similarity 1.4 points end to end (0.427): seen; on frozen features 0.1 over margin and multi-similarity, nothing over contrastive, -0.7 to semi-hard triplets",
    };

    /// <summary>What a recipe may change; the defaults are the published ones of CUB and Cars. Published for SOP: scale 0.5 to 2, shift 0.1.</summary>
    public sealed record Options
    {
        /// <summary>The loss that sees real rows and copies.</summary>
        public MethodChoice Base { get; init; } = new("multi-similarity");

        /// <summary>T, copies of every row.</summary>
        public int Copies { get; init; } = 3;

        /// <summary>K, channels that are scaled; all where there are fewer.</summary>
        public int Channels { get; init; } = 4;

        /// <summary>Z, differences remembered for each class.</summary>
        public int Bank { get; init; } = 10;

        /// <summary>Smallest factor of a channel, above 0.</summary>
        public double ScaleFrom { get; init; } = 0.99;

        /// <summary>Largest factor of a channel.</summary>
        public double ScaleTo { get; init; } = 1.01;

        /// <summary>r_b, how much of a remembered difference is added.</summary>
        public double Shift { get; init; } = 0.01;

        /// <summary>The copies are fixed targets: no gradient reaches a row through its copies.</summary>
        public bool Detach { get; init; } = true;

        /// <summary>Rows and copies have length 1. Published: not for N-pair and lifted structure.</summary>
        public bool Normalize { get; init; } = true;

        /// <summary>Loss of the real rows + <see cref="AuxiliaryWeight"/> x loss of all, instead of the loss of all.</summary>
        public bool Auxiliary { get; init; }

        /// <summary>Weight w of the loss of all where <see cref="Auxiliary"/> is set, at least 0.</summary>
        public double AuxiliaryWeight { get; init; } = 1;
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var dense = Densify(batch);
        var all = inner.Compute(dense);
        return (_options.Auxiliary ? inner.Compute(batch) + (all * _options.AuxiliaryWeight) : all).MoveToOuterDisposeScope();
    }

    /// <summary>Remembers the batch and gives it back with its copies behind it, copy by copy.</summary>
    internal LossBatch Densify(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var labels = batch.Labels;
        var rows = _options.Normalize ? F.normalize(batch.Embeddings) : batch.Embeddings;
        var classes = tensor(labels).to(rows.device);
        using (no_grad())
        {
            Count(rows.detach(), classes);
            Remember(rows.detach().to(_bank), labels);
        }

        var positions = _frequency.index_select(0, classes).topk(ChannelsOf(rows)).indexes;
        var parts = new List<Tensor> { rows };
        for (var copy = 0; copy < _options.Copies; copy++)
        {
            parts.Add(Copy(_options.Detach ? rows.detach() : rows, positions, Factors(rows, positions), Shifts(rows, classes), _options.Normalize));
        }

        return new LossBatch(cat(parts).MoveToOuterDisposeScope(), Repeat(labels)) { Pictures = Repeat(batch.Pictures) };
    }

    /// <summary>s * v + b: the channels at <paramref name="positions"/> times <paramref name="factors"/>, plus <paramref name="shifts"/>.</summary>
    internal static Tensor Copy(Tensor rows, Tensor positions, Tensor factors, Tensor shifts, bool normalize)
    {
        using var scope = NewDisposeScope();
        var copy = (ones_like(rows).scatter(1, positions, factors) * rows) + shifts;
        return (normalize ? F.normalize(copy) : copy).MoveToOuterDisposeScope();
    }

    private int ChannelsOf(Tensor rows) => (int)Math.Min(_options.Channels, rows.shape[1]);

    // The largest signed entries of every row count for its class.
    private void Count(Tensor rows, Tensor classes)
    {
        var largest = rows.topk(ChannelsOf(rows)).indexes;
        var places = (classes.unsqueeze(1) * Shape.Dimension) + largest;
        _frequency.view(-1).index_add_(0, places.flatten(), ones(places.numel()).to(_frequency), 1);
    }

    private void Remember(Tensor rows, long[] labels)
    {
        var values = rows.ToFloats();
        var count = _stored.cpu().data<long>().ToArray();
        var (from, to, slots) = (new List<long>(), new List<long>(), new List<long>());
        foreach (var members in Enumerable.Range(0, labels.Length).GroupBy(i => labels[i]))
        {
            // Ordered differences from the last back: older ones would be pushed out of the bank at once.
            int[] own = [.. members];
            var last = own.Reverse().SelectMany(i => own.Reverse(), (i, j) => (i, j)).Where(p => p.i != p.j && !Row(p.i).SequenceEqual(Row(p.j))).Take(_options.Bank).Reverse();
            foreach (var (i, j) in last)
            {
                from.Add(i);
                to.Add(j);
                slots.Add((members.Key * _options.Bank) + (count[members.Key]++ % _options.Bank));
            }
        }

        if (slots.Count > 0)
        {
            Tensor Places(List<long> places) => tensor(places.ToArray()).to(rows.device);
            _bank.index_copy_(0, Places(slots), rows.index_select(0, Places(from)) - rows.index_select(0, Places(to)));
            _stored.copy_(tensor(count));
        }

        ReadOnlySpan<float> Row(int i) => values.AsSpan(i * Shape.Dimension, Shape.Dimension);
    }

    private Tensor Factors(Tensor rows, Tensor positions) =>
        ((rand(positions.shape).to(rows) * (_options.ScaleTo - _options.ScaleFrom)) + _options.ScaleFrom);

    // Any of the class's differences; nothing where it has none yet.
    private Tensor Shifts(Tensor rows, Tensor classes)
    {
        var filled = _stored.index_select(0, classes).clamp(max: _options.Bank);
        var slot = (rand(classes.shape[0]).to(rows.device) * filled).floor().@long().clamp_max(_options.Bank - 1);
        return _bank.index_select(0, (classes * _options.Bank) + slot).to(rows) * _options.Shift * filled.gt(0).unsqueeze(1).to(rows);
    }

    private T[] Repeat<T>(T[] once) => [.. Enumerable.Repeat(once, 1 + _options.Copies).SelectMany(values => values)];
}
