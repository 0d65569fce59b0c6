using System.Text.Json.Serialization;
using Dml.Training.Catalogues;

namespace Dml.Training.Trainer;

/// <summary>How to train; the recipe's section <c>training</c>. The sampler decides about batches.</summary>
public sealed record TrainingOptions
{
    /// <summary>Epochs of the whole run, at least 1.</summary>
    public int Epochs { get; init; } = 60;

    /// <summary>Full learning rate of the backbone.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>The head learns this many times faster than the backbone.</summary>
    public double HeadLearningRateFactor { get; init; } = 1;

    /// <summary>The rule that changes the weights: a line of <c>OptimizerCatalogue</c>.</summary>
    public MethodChoice Optimizer { get; init; } = new("adamw");

    /// <summary>The course of the learning rate after the warm-up: a line of <c>ScheduleCatalogue</c>.</summary>
    public MethodChoice Schedule { get; init; } = new("cosine");

    /// <summary>Weight decay: decoupled in AdamW, a part of the gradient in the other optimizers.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Decay biases, norms, tokens and positions too, as the published repositories do.</summary>
    public bool DecayEverything { get; init; }

    /// <summary>Epochs (fractions allowed) over which the rate rises linearly to its full value.</summary>
    public double WarmupEpochs { get; init; } = 1;

    /// <summary>First epochs in which only head and proxies learn; for backbones with loaded weights.</summary>
    public int HeadOnlyEpochs { get; init; }

    /// <summary>Share of the full rate that the cosine ends at, 0..1.</summary>
    public double FinalLearningRateFactor { get; init; } = 0.01;

    /// <summary>Largest joint norm of all gradients; 0 leaves them as they are.</summary>
    public double ClipGradientNorm { get; init; }

    /// <summary>Largest size of any number of the gradients, before the norm is limited; 0 leaves them as they are.</summary>
    public double ClipGradientValue { get; init; }

    /// <summary>Decay of the running mean of the weights that is validated and exported, such as 0.999; 0 turns it off.</summary>
    public double AverageDecay { get; init; }

    /// <summary>
    /// Names of parameters that stay as loaded; a name includes everything below it, such as <c>backbone.patch_embed</c>.
    /// </summary>
    public string[] Frozen { get; init; } = [];

    /// <summary>
    /// Stages of the backbone, from the input on, that stay as loaded, batch-norm statistics included; 0 freezes none, 1 a transformer's
    /// patch embedding.
    /// </summary>
    public int FrozenStages { get; init; }

    /// <summary>
    /// The whole backbone stays as loaded, batch norms included, and only head and loss learn. Its features of every picture are computed
    /// once and cached, so that an epoch takes milliseconds.
    /// </summary>
    public bool FrozenBackbone { get; init; }

    /// <summary>
    /// With <see cref="FrozenBackbone"/>: how many views of every training picture the epochs take turns with, at least 1. The first is the
    /// picture as it is, the others are augmented, the same for every seed.
    /// </summary>
    public int FeatureViews { get; init; } = 1;

    /// <summary>Seed of everything random that libtorch draws during training.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>libtorch's threads; 0: one per core.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Run the layers in bfloat16: two to three times faster on processors with AMX or AVX-512 BF16 and on GPUs, slower on others. With a
    /// frozen backbone auto is off.
    /// </summary>
    [JsonConverter(typeof(ToggleConverter))]
    public Toggle BFloat16 { get; init; }

    /// <summary>Keep pictures in the layout that most convolutions run fastest on.</summary>
    [JsonConverter(typeof(ToggleConverter))]
    public Toggle ChannelsLast { get; init; }

    /// <summary>
    /// Batches whose gradients are averaged for one update, at least 1: for batches that do not fit into memory. Exact for losses that are
    /// means over pictures; a loss that compares the pictures of a batch sees only its own batch, and batch norms take their statistics
    /// from it.
    /// </summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Minutes between checkpoints within an epoch; 0 writes them after epochs only.</summary>
    public double CheckpointMinutes { get; init; } = 10;

    /// <summary>Epochs between validations, at least 1; the last epoch is always validated.</summary>
    public int ValidateEvery { get; init; } = 5;

    /// <summary>
    /// The epoch whose weights are kept. The last by default: to choose costs training pictures, and figures of published recipes are those
    /// of their last epoch.
    /// </summary>
    public KeptEpoch Keep { get; init; }

    /// <summary>
    /// Share of the training classes that is set aside to choose the epoch, 0 to 0.5; where there are few classes, of the pictures of each
    /// class. Null: 0.1 where the best epoch is kept, else 0.
    /// </summary>
    public double? Validation { get; init; }

    /// <summary>With <see cref="Keep"/> best: validations in a row without a better one that end the training; 0 never does.</summary>
    public int Patience { get; init; }

    /// <summary>Where to train: <c>cpu</c> or <c>cuda</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>The share that is set aside.</summary>
    internal double ValidationShare => Validation ?? (Keep == KeptEpoch.Best ? 0.1 : 0);

    /// <summary>The options with everything chosen.</summary>
    internal TrainingOptions With(SpeedChoice choice) => this with
    {
        BFloat16 = choice.BFloat16 ? Toggle.On : Toggle.Off,
        ChannelsLast = choice.ChannelsLast ? Toggle.On : Toggle.Off,
    };

    /// <summary>Updates of an epoch; the last may have fewer batches.</summary>
    internal int StepsPerEpoch(int batches) => ((batches - 1) / Accumulate) + 1;
}
