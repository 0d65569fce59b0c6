using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Torch;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Wrappers;

/// <summary>
/// L. Liu, S. Huang, Z. Zhuang, R. Yang, Y. Wang, M. Tan, "DAS: Densely-Anchored Sampling for Deep Metric Learning", ECCV 2022, arXiv
/// 2208.00119.
/// The base gets the batch and copies of it. In every copy of a row the channels that are large for its class are scaled at random
/// (discriminative feature scaling), and the row is shifted by an earlier difference between two rows of its class (memorised
/// transformation shifting). It has no parameters; verified against paper and published code. Keeps [classes, dimension] counts and
/// [classes, bank, dimension] differences: 230 MB for 11318 classes, 512 dimensions and a bank of 10.
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

    /// <summary>Builds the loss and its base, with empty counts and an empty bank.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public DenselyAnchoredSampling(LossShape shape, Options options, Initializer initializer)
        : base(nameof(DenselyAnchoredSampling), shape, options.Base, initializer)
    {
        var check = new OptionCheck("das");
        check.AtLeast(1, options.Copies);
        check.AtLeast(1, options.Channels ?? 1);
        check.AtLeast(1, options.Bank);
        check.Above(0, options.ScaleFrom);
        check.AtLeast(options.ScaleFrom, options.ScaleTo);
        check.AtLeast(0, options.Shift);
        check.AtLeast(0, options.AuxiliaryWeight);
        _options = options;
        _frequency = zeros(shape.Classes, shape.Dimension);
        _bank = zeros(shape.Classes * options.Bank, shape.Dimension);
        _stored = zeros([shape.Classes], ScalarType.Int64);
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "L. Liu et al., DAS: Densely-Anchored Sampling for Deep Metric Learning, ECCV 2022, arXiv 2208.00119",
        Idea = "Fills the space around every row with copies that are scaled in the channels that matter to its class and shifted by "
            + "differences between rows of its class.",
        Needs = "a base loss; at least two pictures of a class in a batch (balanced sampler: 56 x 2)",
        Status = SourceStatus.Verified,
        Source = "paper and published code were read; the code's own default range of factors is 0.5 to 2, its scripts for CUB and Cars "
            + "use the paper's 0.99 to 1.01, which are the defaults here. Their multi-similarity leaves out a "
            + "row's pair with itself only, and averages over the anchors that keep pairs, as the default base here does.",
        Claim = "multi-similarity, ResNet-50 512, without and with: CUB 66.46 and 69.19, Cars 83.99 and 87.84, SOP 79.53 and 80.59",
    };

    /// <summary>
    /// What a recipe may change; the defaults are the published ones of CUB and Cars. Published for SOP: scale 0.5 to 2, shift 0.1.
    /// </summary>
    public sealed record Options
    {
        /// <summary>The loss of real rows and copies.</summary>
        public MethodChoice Base { get; init; } = new("multi-similarity")
        {
            // A copy may be as close to its row as the same picture is.
            Options = new() { ["skipDuplicates"] = false, ["meanOverKept"] = true },
        };

        /// <summary>T, copies of every row; at least 1.</summary>
        public int Copies { get; init; } = 3;

        /// <summary>
        /// K, channels that are scaled, at least 1; all if there are fewer. Null means as published: 8 around multi-similarity, else 4.
        /// </summary>
        public int? Channels { get; init; }

        /// <summary>Z, differences remembered per class; at least 1.</summary>
        public int Bank { get; init; } = 10;

        /// <summary>Smallest factor of a channel, above 0.</summary>
        public double ScaleFrom { get; init; } = 0.99;

        /// <summary>Largest factor of a channel, at least the smallest.</summary>
        public double ScaleTo { get; init; } = 1.01;

        /// <summary>r_b, the fraction of a remembered difference that is added; at least 0.</summary>
        public double Shift { get; init; } = 0.01;

        /// <summary>Treat copies as constants, so that no gradient reaches a row through its copies.</summary>
        public bool Detach { get; init; } = true;

        /// <summary>Scale rows and copies to length 1; published without for N-pair and lifted structure.</summary>
        public bool Normalize { get; init; } = true;

        /// <summary>Use the loss of the real rows + <see cref="AuxiliaryWeight"/> (loss of all) instead of the loss of all.</summary>
        public bool Auxiliary { get; init; }

        /// <summary>Weight of the loss of all if <see cref="Auxiliary"/> is set, at least 0.</summary>
        public double AuxiliaryWeight { get; init; } = 1;

        internal int ScaledChannels => Channels ?? (Base.Name == "multi-similarity" ? 8 : 4);
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var dense = Densify(batch);
        var all = inner.Compute(dense);
        return (_options.Auxiliary ? inner.Compute(batch) + (all * _options.AuxiliaryWeight) : all).MoveToOuterDisposeScope();
    }

    /// <summary>Remembers the batch and returns it followed by its copies, copy by copy.</summary>
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
            var source = _options.Detach ? rows.detach() : rows;
            parts.Add(Copy(source, positions, Factors(rows, positions), Shifts(rows, classes), _options.Normalize));
        }

        return new LossBatch(cat(parts).MoveToOuterDisposeScope(), Repeat(labels)) { Pictures = Repeat(batch.Pictures) };
    }

    /// <summary>
    /// s v + b: the channels at <paramref name="positions"/> times <paramref name="factors"/>, plus <paramref name="shifts"/>.
    /// </summary>
    internal static Tensor Copy(Tensor rows, Tensor positions, Tensor factors, Tensor shifts, bool normalize)
    {
        using var scope = NewDisposeScope();
        var copy = (ones_like(rows).scatter(1, positions, factors) * rows) + shifts;
        return (normalize ? F.normalize(copy) : copy).MoveToOuterDisposeScope();
    }

    private int ChannelsOf(Tensor rows) => (int)Math.Min(_options.ScaledChannels, rows.shape[1]);

    // Counts the largest signed entries of every row for its class.
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
            // Only the last ordered pairs: earlier ones of the batch would be overwritten in the bank immediately.
            int[] own = [.. members];
            var last = own.Reverse().SelectMany(_ => own.Reverse(), (i, j) => (i, j))
                .Where(pair => pair.i != pair.j && !Row(pair.i).SequenceEqual(Row(pair.j)))
                .Take(_options.Bank);
            foreach (var (i, j) in last.Reverse())
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

    // A random difference of the class; 0 if it has none yet.
    private Tensor Shifts(Tensor rows, Tensor classes)
    {
        var filled = _stored.index_select(0, classes).clamp(max: _options.Bank);
        var slot = (rand(classes.shape[0]).to(rows.device) * filled).floor().@long().clamp_max(_options.Bank - 1);
        var differences = _bank.index_select(0, (classes * _options.Bank) + slot).to(rows);
        return differences * _options.Shift * filled.gt(0).unsqueeze(1).to(rows);
    }

    private T[] Repeat<T>(T[] once) => [.. Enumerable.Repeat(once, 1 + _options.Copies).SelectMany(values => values)];
}
