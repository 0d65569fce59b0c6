using Dml.Training.Backbones;
using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Trainer;

/// <summary>Tries the settings that a recipe leaves to the trainer: a few steps of the real network, loss and batch, on copies, in turns.</summary>
internal static class SpeedTest
{
    private const int MostRounds = 5;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(20);

    /// <summary>The choice for this machine. Changes neither network nor loss nor what later steps draw, because every step seeds the generator anew.</summary>
    /// <param name="options">Which settings are open.</param>
    /// <param name="copy">Makes a network and a loss like those to be trained; disposed here.</param>
    /// <param name="source">Its first batch is tried.</param>
    /// <param name="cancel">Stops.</param>
    public static SpeedChoice Choose(TrainingOptions options, Func<(EmbeddingNetwork Network, EmbeddingLoss Loss)> copy, IBatchSource source, CancellationToken cancel)
    {
        bool[] precisions = options.BFloat16 == Toggle.Auto && Precision.HasBFloat16 ? [false, true] : [options.BFloat16 == Toggle.On];
        bool[] layouts = options.ChannelsLast == Toggle.Auto ? [true, false] : [options.ChannelsLast == Toggle.On];
        if (precisions.Length * layouts.Length == 1)
        {
            return new(precisions[0], layouts[0], "as the recipe says", []);
        }

        using var scope = NewDisposeScope();
        List<Candidate> candidates = [.. from bfloat16 in precisions from channelsLast in layouts select new Candidate(options, bfloat16, channelsLast, copy())];
        try
        {
            return SpeedChoice.From(Measure(candidates, FirstBatch(source, candidates[0].Loss, options, cancel), cancel));
        }
        finally
        {
            candidates.ForEach(c => c.Dispose());
        }
    }

    private static Batch FirstBatch(IBatchSource source, EmbeddingLoss loss, TrainingOptions options, CancellationToken cancel)
    {
        source.BeginEpoch(AnyStart(loss, options));
        return source.Epoch(0, cancel).First();
    }

    // What the trained network makes of all pictures would take a pass over them; any embeddings do to time a step.
    private static EpochStart AnyStart(EmbeddingLoss loss, TrainingOptions options) =>
        new(0, options.Epochs, () => randn([Math.Max(1, loss.Shape.PictureLabels.Count), loss.Shape.Dimension]).to(new Device(options.Device)));

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
        private readonly EmbeddingNetwork network;
        private readonly EmbeddingTrainer trainer;
        private readonly TrainingOptions options;

        public Candidate(TrainingOptions options, bool bfloat16, bool channelsLast, (EmbeddingNetwork Network, EmbeddingLoss Loss) copy)
        {
            (BFloat16, ChannelsLast, network, Loss) = (bfloat16, channelsLast, copy.Network, copy.Loss);
            this.options = options with { BFloat16 = bfloat16 ? Toggle.On : Toggle.Off, ChannelsLast = channelsLast ? Toggle.On : Toggle.Off };
            trainer = new EmbeddingTrainer(network, Loss, this.options);
        }

        public bool BFloat16 { get; }

        public bool ChannelsLast { get; }

        public EmbeddingLoss Loss { get; }

        public double FirstLoss { get; private set; }

        // The first step pays for what is made once, such as gradients and the allocator's blocks.
        public void Begin(Batch batch)
        {
            using var scope = NewDisposeScope();
            Loss.BeginEpoch(AnyStart(Loss, options));
            network.SetTraining(true);
            try
            {
                FirstLoss = trainer.StepWithoutLearning(batch).Loss;
            }
            catch (TrainingException)
            {
                FirstLoss = double.NaN;
            }
        }

        public double Time(Batch batch) => trainer.StepWithoutLearning(batch).Time.Total.TotalSeconds;

        public void Dispose()
        {
            trainer.Dispose();
            Loss.Dispose();
            network.Dispose();
        }
    }
}
