using Dml.Training.Catalogues;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Ranking;

/// <summary>
/// Y. Patel, G. Tolias, J. Matas, "Recall@k Surrogate Loss with Large Batches and Similarity Mixup", CVPR 2022, arXiv 2108.11179.
/// With r the smooth rank of a positive among the other rows, 1 + the sum of sigmoids of differences of cosines, recall at k is the sum
/// over the positives of sigmoid((k - r) / rank temperature), at most k, over the smaller of k and the number of positives. Loss: 1 - its
/// mean over several k and the anchors that have a positive.
/// </summary>
public sealed class RecallAtK : EmbeddingLoss
{
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public RecallAtK(LossShape shape, Options options) : base(nameof(RecallAtK), shape)
    {
        var check = new OptionCheck("recall-at-k");
        check.Above(0, options.Temperature);
        check.Above(0, options.RankTemperature);
        check.AtLeast(1, options.K.Length, nameof(options.K));
        foreach (var k in options.K)
        {
            check.AtLeast(1, k, nameof(options.K));
        }

        _options = options;
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "Y. Patel, G. Tolias, J. Matas, Recall@k Surrogate Loss with Large Batches and Similarity Mixup, CVPR 2022, arXiv "
            + "2108.11179",
        Idea = "Raises recall at several k of every picture's ranking of the batch, made differentiable by sigmoids.",
        Needs = "several pictures of a class in a batch; very large batches, published 4,000 (balanced sampler: 128 x 4)",
        Status = SourceStatus.PartlyVerified,
        Source = "the authors' code was read. It counts the query itself in every rank, so that no positive can be first; here the query "
            + "is no row of its own ranking, as the paper's formula has it. Similarity mixup is left out.",
        Claim = "ResNet-50 512: SOP 82.7; ViT-B/16: SOP 88.0 (from memory)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>The numbers k, at least 1 each.</summary>
        public int[] K { get; init; } = [1, 2, 4, 8, 16];

        /// <summary>Differences of cosines are divided by this before the sigmoid, above 0.</summary>
        public double Temperature { get; init; } = 0.01;

        /// <summary>Differences of k and rank are divided by this before the sigmoid, above 0.</summary>
        public double RankTemperature { get; init; } = 1;
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch.Embeddings, batch.Labels, _options);

    internal static Tensor Value(Tensor embeddings, long[] labels, Options options)
    {
        using var scope = NewDisposeScope();
        var rows = F.normalize(embeddings);
        var positive = LabelPairs.Of(labels, rows.device).Positive;
        var ranks = Ranks(rows.matmul(rows.t()), positive, options.Temperature);
        var members = positive.sum(1).to(rows);
        var loss = zeros_like(members);
        foreach (var k in options.K)
        {
            var within = ((k - ranks) / options.RankTemperature).sigmoid() * positive.to(rows);
            var recall = within.sum(1).clamp(max: k) / members.clamp(1, k);
            loss += (1 - recall) / options.K.Length;
        }

        return MaskedSums.Mean(loss, positive.any(1)).MoveToOuterDisposeScope();
    }

    // The smooth rank of each positive, [batch, batch]; 0 elsewhere.
    private static Tensor Ranks(Tensor cosines, Tensor positive, double temperature)
    {
        var pairs = positive.nonzero();
        var others = eye(cosines.shape[0], dtype: ScalarType.Bool).to(cosines.device).logical_not();
        var parts = new List<Tensor>();
        foreach (var some in pairs.split(SmoothRanks.Pairs))
        {
            var (of, row) = (some.select(1, 0), some.select(1, 1));
            var before = SmoothRanks.Before(cosines.index_select(0, of), row, temperature);
            parts.Add(1 + (before * others.index_select(0, of).to(before)).sum(1));
        }

        if (parts.Count == 0)
        {
            return cosines * 0;
        }

        var places = (pairs.select(1, 0) * cosines.shape[1]) + pairs.select(1, 1);
        return zeros_like(cosines).flatten().scatter(0, places, cat(parts)).view(cosines.shape);
    }
}
