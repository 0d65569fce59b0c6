using Dml.Training.Catalogues;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Ranking;

/// <summary>
/// A. Brown, W. Xie, V. Kalogeiton, A. Zisserman, "Smooth-AP: Smoothing the Path Towards Large-Scale Image Retrieval", ECCV 2020, arXiv
/// 2007.12163. Average precision of the ranking by cosine, with every comparison of two rows replaced by a sigmoid: the mean over the rows
/// p of the anchor's class of (1 + rows of the class before p) / (1 + rows before p). Loss: 1 - its mean over the anchors that have a
/// positive. As in the authors' code an anchor is a row of its own ranking.
/// </summary>
public sealed class SmoothAp : EmbeddingLoss
{
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public SmoothAp(LossShape shape, Options options) : base(nameof(SmoothAp), shape)
    {
        new OptionCheck("smooth-ap").Above(0, options.Temperature);
        _options = options;
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "A. Brown, W. Xie, V. Kalogeiton, A. Zisserman, Smooth-AP: Smoothing the Path Towards Large-Scale Image Retrieval, ECCV "
            + "2020, arXiv 2007.12163",
        Idea = "Raises the average precision of every picture's ranking of the batch, made differentiable by sigmoids.",
        Needs = "several pictures of a class in a batch; large batches (balanced sampler: 28 x 4)",
        Status = SourceStatus.Verified,
        Source = "the authors' code was read and its formula computed with PyTorch. It requires equally many pictures of every class; here "
            + "they may differ, and a row without a positive is no anchor.",
        Claim = "ResNet-50 512: SOP 80.1 at batches of 384 (from memory)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Differences of cosines are divided by this before the sigmoid, above 0.</summary>
        public double Temperature { get; init; } = 0.01;
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch.Embeddings, batch.Labels, _options);

    internal static Tensor Value(Tensor embeddings, long[] labels, Options options)
    {
        using var scope = NewDisposeScope();
        var rows = F.normalize(embeddings);
        var column = torch.tensor(labels).to(rows.device);
        var same = column.unsqueeze(1).eq(column.unsqueeze(0));
        var members = same.sum(1);
        var anchors = members.gt(1);
        var pairs = same.logical_and(anchors.unsqueeze(1)).nonzero();
        // The precision at each row of the class, divided by the rows of the class and by the anchors.
        var sum = Chunked.Sum(rows.matmul(rows.t()), pairs.shape[0], SmoothRanks.Pairs, (at, first, length) =>
        {
            var some = pairs.narrow(0, first, length);
            var (of, row) = (some.select(1, 0), some.select(1, 1));
            var before = SmoothRanks.Before(at.index_select(0, of), row, options.Temperature);
            var own = same.index_select(0, of).to(before);
            return ((1 + (before * own).sum(1)) / (1 + before.sum(1)) / members.index_select(0, of).to(before)).sum();
        });
        var count = anchors.sum().to(rows);
        return ((count - sum) / count.clamp(min: 1)).MoveToOuterDisposeScope();
    }
}
