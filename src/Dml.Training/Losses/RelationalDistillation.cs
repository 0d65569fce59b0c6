using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Network;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// W. Park, D. Kim, Y. Lu, M. Cho, "Relational Knowledge Distillation", CVPR 2019, arXiv 1904.05068.
/// The distances between the embeddings, divided by their mean, follow the teacher's; so do the cosines of the angles between every three
/// embeddings. Both are compared by Huber's function with threshold 1. The published embeddings are not scaled to length 1 and are searched
/// by Euclidean distance; here they are unless asked otherwise, because the search is by cosine.
/// </summary>
public sealed class RelationalDistillation : EmbeddingLoss
{
    // Below this mean distance all embeddings are one point, and relative distances are meaningless.
    private const double Collapsed = 1e-5;

    // Vertices whose angles are computed together, [16, batch, batch] numbers at a time.
    private const int Vertices = 16;
    private const string BaseName = "baseLoss";
    private readonly Options _options;
    [ComponentName(Name = BaseName)]
    private readonly EmbeddingLoss? _baseLoss;

    /// <summary>Builds the loss and its base; it has no parameters of its own.</summary>
    /// <exception cref="RecipeException">An option is out of range, the base is unknown, or there is no teacher.</exception>
    public RelationalDistillation(LossShape shape, Options options, Initializer initializer) : base(nameof(RelationalDistillation), shape)
    {
        var check = new OptionCheck("relational-distillation");
        check.AtLeast(0, options.DistanceWeight);
        check.AtLeast(0, options.AngleWeight);
        if (shape.TeacherVectors.Count == 0)
        {
            throw new RecipeException(
                "relational-distillation requires a teacher: name the folder of an embedder as \"teacher\" in the recipe.");
        }

        _options = options;
        _baseLoss = options.Base is { } choice ? LossCatalogue.Create(choice, shape, initializer) : null;
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "W. Park, D. Kim, Y. Lu, M. Cho, Relational Knowledge Distillation, CVPR 2019, arXiv 1904.05068",
        Idea = "A student learns from a teacher how far apart pictures are and at what angles, whatever the dimensions of the two.",
        Needs = "a teacher (recipe option teacher: the folder of an embedder); labels are not used; published with the balanced sampler, "
            + "26 x 5",
        Status = SourceStatus.Verified,
        Source = "the authors' code was read in full; averages run over all index tuples as there, where the paper's run over distinct "
            + "ones. The authors train and search unscaled embeddings by Euclidean distance. Here search is by cosine about an origin of "
            + "which the loss knows nothing, so rows are scaled to length 1 first; normalize false is the published form.",
        Claim = "students above their teachers on CUB, Cars and SOP (abstract; figures not known)",
    };

    /// <summary>What a recipe may change; the defaults are the published ones for metric learning.</summary>
    public sealed record Options
    {
        /// <summary>Weight of the distances, at least 0.</summary>
        public double DistanceWeight { get; init; } = 1;

        /// <summary>Weight of the angles, at least 0.</summary>
        public double AngleWeight { get; init; } = 2;

        /// <summary>
        /// Average over distinct pictures, as in the paper; false averages over all pairs and triples, for which the weights were chosen.
        /// </summary>
        public bool DistinctMean { get; init; }

        /// <summary>Scale rows to length 1, as they are searched; published: false, with a search by Euclidean distance.</summary>
        public bool Normalize { get; init; } = true;

        /// <summary>A loss to add this one to; null uses the teacher alone.</summary>
        public MethodChoice? Base { get; init; }
    }

    /// <inheritdoc/>
    public override double LearningRateFactorOf(string parameter)
        => _baseLoss is not null && parameter.StartsWith(BaseName + ".", StringComparison.Ordinal)
            ? _baseLoss.LearningRateFactorOf(parameter[(BaseName.Length + 1)..])
            : ProxyLearningRateFactor;

    /// <inheritdoc/>
    public override void BeginEpoch(EpochStart start) => _baseLoss?.BeginEpoch(start);

    /// <inheritdoc/>
    public override void AfterBackward(EmbeddingNetwork network) => _baseLoss?.AfterBackward(network);

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        if (batch.Pictures.Length == 0)
        {
            throw new ArgumentException(
                "relational-distillation requires the numbers of the training pictures that the rows show.", nameof(batch));
        }

        using var scope = NewDisposeScope();
        float[] vectors = [.. batch.Pictures.SelectMany(picture => Shape.TeacherVectors[picture])];
        var teacher = tensor(vectors, [batch.Pictures.Length, Shape.TeacherVectors[0].Length]).to(batch.Embeddings);
        var rows = _options.Normalize ? F.normalize(batch.Embeddings) : batch.Embeddings;
        var value = Value(rows, teacher, _options);
        return (_baseLoss is null ? value : value + _baseLoss.Compute(batch)).MoveToOuterDisposeScope();
    }

    internal static Tensor Value(Tensor student, Tensor teacher, Options options)
    {
        using var scope = NewDisposeScope();
        var value = student.sum() * 0;
        if (student.shape[0] > 1 && options.DistanceWeight > 0)
        {
            value += OfDistances(student, teacher, options.DistinctMean) * options.DistanceWeight;
        }

        if (student.shape[0] > 2 && options.AngleWeight > 0)
        {
            value += OfAngles(student, teacher, options.DistinctMean) * options.AngleWeight;
        }

        return value.MoveToOuterDisposeScope();
    }

    internal static Tensor OfDistances(Tensor student, Tensor teacher, bool distinctMean = false)
    {
        using var scope = NewDisposeScope();
        var count = student.shape[0];
        var own = Relative(student, out var mean);
        if (mean < Collapsed)
        {
            return (student.sum() * 0).MoveToOuterDisposeScope();
        }

        var sum = F.smooth_l1_loss(own, Relative(teacher, out _), nn.Reduction.Sum);
        return (sum / (distinctMean ? count * (count - 1) : count * count)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The angles of all triples. The gradient is accumulated vertex by vertex, because a graph of all of them would hold several times
    /// batch cubed numbers.
    /// </summary>
    internal static Tensor OfAngles(Tensor student, Tensor teacher, bool distinctMean = false)
    {
        using var scope = NewDisposeScope();
        var count = student.shape[0];
        var by = distinctMean ? (double)count * (count - 1) * (count - 2) : Math.Pow(count, 3);
        var leaf = student.detach().requires_grad_(student.requires_grad);
        var sum = 0.0;
        for (var first = 0L; first < count; first += Vertices)
        {
            using var inner = NewDisposeScope();
            var some = Math.Min(Vertices, count - first);
            Tensor expected;
            using (no_grad())
            {
                expected = Cosines(teacher, first, some);
            }

            var part = F.smooth_l1_loss(Cosines(leaf, first, some), expected, nn.Reduction.Sum);
            sum += part.to(float64).item<double>();
            if (leaf.requires_grad)
            {
                part.backward();
            }
        }

        if (leaf.grad is not { } gradient)
        {
            return ((student.sum() * 0) + (sum / by)).MoveToOuterDisposeScope();
        }

        var linear = (student * gradient).sum() / by;
        return (linear - linear.detach() + (sum / by)).MoveToOuterDisposeScope();
    }

    private static Tensor Relative(Tensor rows, out double mean)
    {
        var own = eye(rows.shape[0], dtype: ScalarType.Bool).to(rows.device);
        // Two rows of the same picture are 1e-6 apart and count in the mean.
        var distances = Distances.Squared(rows).clamp(min: 1e-12).sqrt().masked_fill(own, 0);
        var average = distances.sum() / (rows.shape[0] * (rows.shape[0] - 1));
        mean = average.detach().to(float64).item<double>();
        return distances / average.clamp(min: 1e-6);
    }

    // The cosines of the angles at some vertices between all pairs of rows, shape [vertices, rows, rows].
    private static Tensor Cosines(Tensor rows, long first, long some)
    {
        var differences = rows.unsqueeze(0) - rows.narrow(0, first, some).unsqueeze(1);
        var lengths = (differences.pow(2).sum(dim: 2, keepdim: true) + 1e-24).sqrt();
        var unit = differences / lengths.clamp(min: 1e-12);
        return unit.matmul(unit.transpose(1, 2));
    }
}
