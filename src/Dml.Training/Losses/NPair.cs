using Dml.Training.Catalogues;
using Dml.Training.Losses.Synthesis;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// K. Sohn, "Improved Deep Metric Learning with Multi-class N-pair Loss Objective", NIPS 2016.
/// One pair (anchor, positive) of every class of the batch, and of the rows that are left another, until every row has its pair. With
/// products s(i, j) of anchor i and positive j:
/// mean of log(1 + sum over other pairs j of exp(s(i, j) - s(i, i))) + regularization / 4 (mean squared length of anchors + of positives).
/// Rows are not scaled to length 1, because between unit rows the loss cannot come close to 0.
/// </summary>
public sealed class NPair : EmbeddingLoss
{
    // The baselines of the form all-negatives divide rows by this, so that products of long rows do not overflow.
    private const double Shrink = 4;
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public NPair(LossShape shape, Options options) : base(nameof(NPair), shape)
    {
        new OptionCheck("n-pair").AtLeast(0, options.Regularization ?? 0);
        _options = options;
        RegisterComponents();
    }

    /// <summary>The available formulas.</summary>
    public enum Form
    {
        /// <summary>One pair per class; all other pairs' positives are the negatives of one softmax.</summary>
        Pairs,

        /// <summary>A pair for every two rows of a class; targets are shared among the pairs of a class.</summary>
        SoftLabels,

        /// <summary>
        /// One pair per class, each negative against the positive alone: the mean over anchors of the sum of
        /// log(1 + exp(s(i, j) - s(i, i))).
        /// </summary>
        OneVersusOne,

        /// <summary>
        /// Every row is an anchor with a random positive, all rows of other classes are its negatives; rows are divided by 4, the mean
        /// length regularizes.
        /// </summary>
        AllNegatives,
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "K. Sohn, Improved Deep Metric Learning with Multi-class N-pair Loss Objective, NIPS 2016",
        Idea = "Compares one positive with one negative of every other class of the batch simultaneously, as a softmax over products.",
        Needs = "two pictures of a class in a batch, many classes (balanced sampler: 60 x 2, or hard-classes)",
        Status = SourceStatus.Verified,
        Source = "formula and shared targets were read in TensorFlow's implementation and reproduced; the regularization is TensorFlow's "
            + "0.002 / 4, where the paper states 0.02; the form all-negatives is that of the DAS code. More than two rows of a class "
            + "make several batches of one pair per class, over whose pairs is averaged.",
        Claim = "GoogLeNet: CUB 51.0 (paper), Cars 71.1, SOP 67.7 (from memory); ResNet-50 128: CUB 60.55, Cars 77.35, SOP 77.71 (DAS "
            + "paper)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>The formula.</summary>
        public Form Form { get; init; } = Form.Pairs;

        /// <summary>Weight of the rows' lengths, at least 0; null means 0.002, or 0.005 for all-negatives.</summary>
        public double? Regularization { get; init; }
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        return Value(batch.Embeddings, batch.Labels, _options).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of the rows as given.</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Options options)
    {
        using var scope = NewDisposeScope();
        if (options.Form == Form.AllNegatives)
        {
            return AllNegatives(rows, labels, options.Regularization ?? 0.005).MoveToOuterDisposeScope();
        }

        if (options.Form != Form.SoftLabels)
        {
            return NPairs.Mean(new(rows, labels), pairs => OfPairs(pairs.Anchors, pairs.Positives, pairs.Labels, options))
                .MoveToOuterDisposeScope();
        }

        var pairs = PairsOf(labels);
        if (pairs.Count == 0)
        {
            return (rows.sum() * 0).MoveToOuterDisposeScope();
        }

        var anchors = rows.index_select(0, Index(pairs.Select(p => (long)p.Anchor)));
        var positives = rows.index_select(0, Index(pairs.Select(p => (long)p.Positive)));
        return OfPairs(anchors, positives, [.. pairs.Select(p => labels[p.Anchor])], options).MoveToOuterDisposeScope();

        Tensor Index(IEnumerable<long> places) => torch.tensor(places.ToArray()).to(rows.device);
    }

    /// <summary>The loss of pairs, both of shape [pairs, dimension], with the class of each.</summary>
    internal static Tensor OfPairs(Tensor anchors, Tensor positives, long[] classes, Options options)
    {
        using var scope = NewDisposeScope();
        var products = anchors.matmul(positives.t());
        Tensor value;
        if (options.Form == Form.OneVersusOne)
        {
            var others = eye(classes.Length, dtype: ScalarType.Bool).to(anchors.device).logical_not();
            value = MaskedSums.Sum(F.softplus(products - products.diagonal().unsqueeze(1)), others) / classes.Length;
        }
        else
        {
            var column = torch.tensor(classes).to(anchors.device);
            var same = column.unsqueeze(1).eq(column.unsqueeze(0)).to(products.dtype);
            value = -(products.log_softmax(1) * same / same.sum(dim: 1, keepdim: true)).sum() / classes.Length;
        }

        var lengths = anchors.pow(2).sum(dim: 1).mean() + positives.pow(2).sum(dim: 1).mean();
        return (value + (lengths * ((options.Regularization ?? 0.002) / 4))).MoveToOuterDisposeScope();
    }

    // Every two rows of a class; a remaining odd row has no pair.
    private static List<(int Anchor, int Positive)> PairsOf(long[] labels)
    {
        var pairs = new List<(int, int)>();
        foreach (var rows in Enumerable.Range(0, labels.Length).GroupBy(i => labels[i]))
        {
            pairs.AddRange(rows.Chunk(2).Where(two => two.Length == 2).Select(two => (two[0], two[1])));
        }

        return pairs;
    }

    private static Tensor AllNegatives(Tensor rows, long[] labels, double regularization)
    {
        var members = Enumerable.Range(0, labels.Length).ToLookup(i => labels[i]);
        int[] anchors = [.. Enumerable.Range(0, labels.Length).Where(i => members[labels[i]].Skip(1).Any())];
        if (anchors.Length == 0)
        {
            return rows.sum() * 0;
        }

        // Seeded from libtorch's generator, which the trainer seeds for every batch.
        var random = new Random((int)randint(int.MaxValue, [1]).item<long>());
        long[] positives = [.. anchors.Select(anchor =>
        {
            int[] own = [.. members[labels[anchor]].Where(i => i != anchor)];
            return (long)own[random.Next(own.Length)];
        })];
        var shrunk = rows / Shrink;
        var index = torch.tensor(anchors.Select(i => (long)i).ToArray()).to(rows.device);
        var products = shrunk.index_select(0, index).matmul(shrunk.t());
        var own = products.gather(1, torch.tensor(positives).to(rows.device).unsqueeze(1));
        var negatives = LabelPairs.Of(labels, rows.device).Negative.index_select(0, index);
        var value = MaskedSums.LogOnePlusSum(products - own, negatives, 1).mean();
        return value + ((rows.pow(2).sum(dim: 1) + 1e-12).sqrt().mean() * regularization);
    }
}
