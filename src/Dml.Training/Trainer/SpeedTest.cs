using Dml.Training.Batches;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Trainer;

/// <summary>
/// Tries the settings that a recipe leaves to the trainer: a few steps of the real network, loss and batch, on copies, in turns.
/// </summary>
internal static class SpeedTest
{
    private const int MostRounds = 5;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The choice for this machine. Changes neither network nor loss nor what later steps draw, because every step seeds the generator.
    /// </summary>
    /// <param name="options">Which settings are open.</param>
    /// <param name="hasBFloat16">Whether this libtorch can run in bfloat16: <see cref="Precision.HasBFloat16"/>.</param>
    /// <param name="copy">Makes a network and a loss like those to be trained; disposed here.</param>
    /// <param name="source">Its first batch is tried.</param>
    /// <param name="cancel">Stops.</param>
    public static SpeedChoice Choose(
        TrainingOptions options,
        bool hasBFloat16,
        Func<(EmbeddingNetwork Network, EmbeddingLoss Loss)> copy,
        IBatchSource source,
        CancellationToken cancel)
    {
        var (bfloat16, channelsLast) = (options.BFloat16 == Toggle.On, options.ChannelsLast != Toggle.Off);
        SpeedChoice? choice = null;
        if (options.BFloat16 == Toggle.Auto)
        {
            choice = hasBFloat16 ? Precise() : SpeedChoice.OfMissingBFloat16(channelsLast);
            bfloat16 = choice.BFloat16;
        }

        if (options.ChannelsLast == Toggle.Auto)
        {
            var (last, plain) = Compare(options, (bfloat16, true), (bfloat16, false), copy, source, cancel);
            var layout = SpeedChoice.OfLayout(last, plain);
            choice = choice?.Then(layout) ?? layout;
        }

        return choice ?? new(bfloat16, channelsLast, "as the recipe says", []);

        SpeedChoice Precise()
        {
            var (single, narrow) = Compare(options, (false, channelsLast), (true, channelsLast), copy, source, cancel);
            return SpeedChoice.OfPrecision(single, narrow);
        }
    }

    // No more than two copies at a time: they take as much memory as the training itself.
    private static (SpeedTrial First, SpeedTrial Second) Compare(
        TrainingOptions options,
        (bool BFloat16, bool ChannelsLast) first,
        (bool BFloat16, bool ChannelsLast) second,
        Func<(EmbeddingNetwork, EmbeddingLoss)> copy,
        IBatchSource source,
        CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        using var one = new Candidate(options, first.BFloat16, first.ChannelsLast, copy());
        using var other = new Candidate(options, second.BFloat16, second.ChannelsLast, copy());
        var trials = Measure([one, other], FirstBatch(source, one.Loss, options, cancel), cancel);
        return (trials[0], trials[1]);
    }

    private static Batch FirstBatch(IBatchSource source, EmbeddingLoss loss, TrainingOptions options, CancellationToken cancel)
    {
        source.BeginEpoch(AnyStart(loss, options));
        return source.Epoch(0, cancel).First();
    }

    // Embedding all pictures would take a pass over them; to time a step, random embeddings do as well.
    private static EpochStart AnyStart(EmbeddingLoss loss, TrainingOptions options)
    {
        var pictures = Math.Max(1, loss.Shape.PictureLabels.Count);
        return new(0, options.Epochs, () => randn([pictures, loss.Shape.Dimension]).to(new Device(options.Device)));
    }

    private static List<SpeedTrial> Measure(List<Candidate> candidates, Batch batch, CancellationToken cancel)
    {
        var seconds = candidates.ToDictionary(c => c, _ => new List<double>());
        candidates.ForEach(c => c.Begin(batch));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var round = 0; round < MostRounds && (round == 0 || clock.Elapsed < Enough); round++)
        {
            foreach (var candidate in candidates.Where(c => double.IsFinite(c.FirstLoss)))
            {
                cancel.ThrowIfCancellationRequested();
                seconds[candidate].Add(candidate.Time(batch));
            }
        }

        return [.. candidates.Select(c => new SpeedTrial(c.BFloat16, c.ChannelsLast, c.FirstLoss, Median(seconds[c])))];
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values.Count == 0 ? double.PositiveInfinity : values[values.Count / 2];
    }

    private sealed class Candidate : IDisposable
    {
        private readonly EmbeddingNetwork _network;
        private readonly EmbeddingTrainer _trainer;
        private readonly TrainingOptions _options;

        public Candidate(TrainingOptions options, bool bfloat16, bool channelsLast, (EmbeddingNetwork Network, EmbeddingLoss Loss) copy)
        {
            (BFloat16, ChannelsLast, _network, Loss) = (bfloat16, channelsLast, copy.Network, copy.Loss);
            _options = options with
            {
                BFloat16 = bfloat16 ? Toggle.On : Toggle.Off,
                ChannelsLast = channelsLast ? Toggle.On : Toggle.Off,
            };
            _trainer = new EmbeddingTrainer(_network, Loss, _options);
        }

        public bool BFloat16 { get; }

        public bool ChannelsLast { get; }

        public EmbeddingLoss Loss { get; }

        public double FirstLoss { get; private set; }

        // The first step also allocates what is made once, such as gradients.
        public void Begin(Batch batch)
        {
            using var scope = NewDisposeScope();
            Loss.BeginEpoch(AnyStart(Loss, _options));
            _network.SetTraining(true);
            try
            {
                FirstLoss = _trainer.StepWithoutLearning(batch).Loss;
            }
            catch (TrainingException)
            {
                FirstLoss = double.NaN;
            }
        }

        public double Time(Batch batch) => _trainer.StepWithoutLearning(batch).Time.Total.TotalSeconds;

        public void Dispose()
        {
            _trainer.Dispose();
            Loss.Dispose();
            _network.Dispose();
        }
    }
}
