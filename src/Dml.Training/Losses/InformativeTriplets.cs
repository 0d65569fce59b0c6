using Dml.Training.Catalogues;
using Dml.Training.Losses.Mining;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// G. Sumbul, M. Ravanbakhsh, B. Demir, "Informative and Representative Triplet Selection for Multilabel Remote Sensing Image Retrieval",
/// TGRS 2022, arXiv 2105.03647. Anchors are chosen far from each other, and for each anchor positives and negatives by how relevant, hard
/// and diverse they are. Over all their triplets: mean of [d^2(anchor, positive) - d^2(anchor, negative) + margin]+.
/// The scores are derived; the abstract names only the steps.
/// </summary>
public sealed class InformativeTriplets : EmbeddingLoss
{
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public InformativeTriplets(LossShape shape, Options options) : base(nameof(InformativeTriplets), shape)
    {
        var check = new OptionCheck("informative-triplets-rs");
        check.AtLeast(1, options.Anchors ?? 1);
        check.AtLeast(1, options.Positives);
        check.AtLeast(1, options.Negatives);
        check.AtLeast(0, options.RelevanceWeight);
        check.AtLeast(0, options.HardnessWeight);
        check.AtLeast(0, options.DiversityWeight);
        check.Within(0, 1, options.PositiveSimilarity);
        check.Within(0, 1, options.NegativeSimilarity);
        check.AtLeast(0, options.Margin);
        _options = options;
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "G. Sumbul, M. Ravanbakhsh, B. Demir, Informative and Representative Triplet Selection for Multilabel Remote Sensing "
            + "Image Retrieval, TGRS 2022, arXiv 2105.03647",
        Idea = "Few triplets instead of all: diverse anchors, each with relevant, hard and diverse positives and negatives, for pictures "
            + "with several labels.",
        Needs = "a batch of at least 64; pictures with several labels (csv or uc-merced datasets), otherwise the class is the label",
        Status = SourceStatus.Derived,
        Source = "only the abstracts were read, which name the two steps and the three criteria; the scores, their equal weights and the "
            + "counts are ours.",
        Claim = "fewer triplets and faster convergence without significant loss of accuracy on multi-label aerial pictures (abstract)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Anchors per batch, at least 1; null means a quarter of the batch, at least 2.</summary>
        public int? Anchors { get; init; }

        /// <summary>Positives per anchor, at least 1.</summary>
        public int Positives { get; init; } = 2;

        /// <summary>Negatives per anchor, at least 1.</summary>
        public int Negatives { get; init; } = 2;

        /// <summary>Weight of label similarity (positives) or dissimilarity (negatives), at least 0.</summary>
        public double RelevanceWeight { get; init; } = 1.0 / 3;

        /// <summary>Weight of being far away (positives) or close (negatives), at least 0.</summary>
        public double HardnessWeight { get; init; } = 1.0 / 3;

        /// <summary>Weight of the distance to those already chosen, at least 0.</summary>
        public double DiversityWeight { get; init; } = 1.0 / 3;

        /// <summary>Label similarity from which a picture is a positive, 0 to 1; 0 means any similarity above 0.</summary>
        public double PositiveSimilarity { get; init; }

        /// <summary>Label similarity up to which a picture is a negative, 0 to 1; use 0.2 if few pictures share no label.</summary>
        public double NegativeSimilarity { get; init; }

        /// <summary>Margin of the triplets on squared distances, at least 0.</summary>
        public double Margin { get; init; } = 0.2;

        /// <summary>Multiply the margin by the label similarity of the positive less that of the negative.</summary>
        public bool MarginByRelevance { get; init; }
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        int[][] labels = Shape.PictureLabelSets.Count > 0 && batch.Pictures.Length > 0
            ? [.. batch.Pictures.Select(picture => Shape.PictureLabelSets[picture])]
            : [.. batch.Labels.Select(label => (int[])[(int)label])];
        // Drawn from libtorch's generator, which the trainer seeds for every batch.
        var first = (int)randint(labels.Length, [1]).item<long>();
        return Value(F.normalize(batch.Embeddings), labels, _options, first).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of unit rows.</summary>
    /// <param name="rows">Shape [batch, dimension].</param>
    /// <param name="labels">The label numbers of every row in ascending order.</param>
    /// <param name="options">The constants.</param>
    /// <param name="first">The first anchor.</param>
    internal static Tensor Value(Tensor rows, int[][] labels, Options options, int first)
    {
        using var scope = NewDisposeScope();
        var distances = Distances.Squared(rows);
        var batch = MinedBatch.Of(distances, [.. labels.Select((_, i) => (long)i)], rows.shape[1], squared: true);
        var terms = new TripletTerms(batch, TripletTerms.Hinge(0));
        foreach (var anchor in Anchors(batch, options.Anchors ?? Math.Max(2, labels.Length / 4), first))
        {
            double[] alike = [.. labels.Select(other => LabelSets.Similarity(labels[anchor], other))];
            var positives = Picked(batch, anchor, alike, options, positive: true);
            var negatives = Picked(batch, anchor, alike, options, positive: false);
            foreach (var positive in positives)
            {
                foreach (var negative in negatives)
                {
                    var relevance = options.MarginByRelevance ? alike[positive] - alike[negative] : 1;
                    terms.Add(anchor, positive, negative, options.Margin * relevance);
                }
            }
        }

        return terms.Mean(distances).MoveToOuterDisposeScope();
    }

    /// <summary>Each next anchor is the row farthest from its nearest anchor so far. Ties go to the first row.</summary>
    internal static List<int> Anchors(MinedBatch batch, int count, int first)
    {
        var anchors = new List<int> { first };
        double[] nearest = [.. Enumerable.Range(0, batch.Count).Select(i => batch.Euclidean(first, i))];
        nearest[first] = double.NegativeInfinity;
        while (anchors.Count < Math.Min(count, batch.Count))
        {
            var next = Array.IndexOf(nearest, nearest.Max());
            anchors.Add(next);
            for (var i = 0; i < nearest.Length; i++)
            {
                nearest[i] = Math.Min(nearest[i], batch.Euclidean(next, i));
            }

            nearest[next] = double.NegativeInfinity;
        }

        return anchors;
    }

    /// <summary>The rows with the best scores, one after another. Ties go to the first row.</summary>
    internal static List<int> Picked(MinedBatch batch, int anchor, double[] alike, Options options, bool positive)
    {
        // The greatest distance between unit rows.
        const double Greatest = 2;
        var left = Enumerable.Range(0, batch.Count).Where(j => j != anchor && IsCandidate(alike[j])).ToList();
        var picked = new List<int>();
        while (left.Count > 0 && picked.Count < (positive ? options.Positives : options.Negatives))
        {
            var best = left.MaxBy(Score);
            picked.Add(best);
            left.Remove(best);
        }

        return picked;

        bool IsCandidate(double similarity) => positive
            ? similarity > 0 && similarity >= options.PositiveSimilarity
            : similarity <= options.NegativeSimilarity;

        double Score(int row)
        {
            var far = batch.Euclidean(anchor, row) / Greatest;
            var diverse = picked.Count == 0 ? 1 : picked.Min(other => batch.Euclidean(row, other)) / Greatest;
            var (relevant, hard) = positive ? (alike[row], far) : (1 - alike[row], 1 - far);
            return (options.RelevanceWeight * relevant) + (options.HardnessWeight * hard) + (options.DiversityWeight * diverse);
        }
    }
}
