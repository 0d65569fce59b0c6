using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Tests.Backbones;
using Dml.Training.Torch;
using Dml.Training.Trainer;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Trainer;

/// <summary>Several small batches an update against one large one, where theory says that they are the same.</summary>
public class AccumulateTests
{
    private static readonly TrainingOptions Options = new() { Epochs = 2, LearningRate = 1e-3, ValidateEvery = 2 };

    [Theory]
    [InlineData(3, 4)]
    [InlineData(5, 3)]
    public void A_mean_over_pictures_learns_the_same_from_parts_as_from_the_whole(int size, int parts)
    {
        using var scope = NewDisposeScope();
        var source = new StripesSource(3, 32, 2, 4);
        var (whole, wholeSteps) = Train(Options, source);
        // 5 and 5 and 2 of 12: the last part is smaller and weighs less.
        var (split, splitSteps) = Train(Options with { Accumulate = parts }, new Parts(source, size));
        Assert.Equal(wholeSteps.Steps.Count, splitSteps.Steps.Count);
        Assert.All(wholeSteps.Steps.Zip(splitSteps.Steps), p => Assert.Equal(p.First.Loss, p.Second.Loss, 1e-4));
        Assert.All(wholeSteps.Steps.Zip(splitSteps.Steps), p =>
            Assert.Equal((p.First.Images, p.First.LearningRate), (p.Second.Images, p.Second.LearningRate)));
        Assert.All(whole.Zip(split), p => Assert.Equal(p.First, p.Second, 1e-4));
        Assert.Contains(whole.Zip(Train(Options, new Parts(source, size)).Weights), p => Math.Abs(p.First - p.Second) > 1e-3);
    }

    [Fact]
    public void The_last_update_of_an_epoch_takes_what_is_left()
    {
        using var scope = NewDisposeScope();
        var (_, steps) = Train(Options with { Accumulate = 3 }, new StripesSource(3, 32, 4, 2));
        Assert.Equal([18, 6, 18, 6], steps.Steps.Select(s => s.Images));
        Assert.Equal([0, 3, 0, 3], steps.Steps.Select(s => s.Batch));
        Assert.Throws<RecipeException>(() => Train(Options with { Accumulate = 0 }, new StripesSource(3, 32, 4, 2)));
    }

    private static (float[] Weights, Recorder Steps) Train(TrainingOptions options, IBatchSource source)
    {
        // No batch norm in it: its statistics are those of the part.
        var network = SmallNetworks.Create("deit-tiny");
        var recorder = new Recorder();
        using var trainer = new EmbeddingTrainer(network, new ToCorner(new LossShape(3, 16)), options);
        trainer.Run(source, recorder, null, TestContext.Current.CancellationToken);
        return (network.Head.parameters().First().ToFloats(), recorder);
    }

    /// <summary>Every picture's squared distance to its class's corner: a mean over pictures.</summary>
    private sealed class ToCorner(LossShape shape) : EmbeddingLoss(nameof(ToCorner), shape)
    {
        protected override Tensor Loss(LossBatch batch) =>
            (batch.Embeddings - eye(Shape.Dimension).index_select(0, tensor(batch.Labels))).pow(2).sum(dim: 1).mean();
    }

    private sealed class Parts(IBatchSource whole, int size) : IBatchSource
    {
        public int ClassCount => whole.ClassCount;

        public int InputSize => whole.InputSize;

        public int BatchesPerEpoch => Epoch(0, default).Count();

        public IEnumerable<Batch> Unchanged(CancellationToken cancel) => whole.Unchanged(cancel);

        public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel) =>
            whole
                .Epoch(epoch, cancel)
                .SelectMany(b =>
                    Enumerable
                        .Range(0, b.Labels.Length)
                        .Chunk(size)
                        .Select(part => new Batch(
                            [.. part.SelectMany(i => b.Rgb.AsSpan(i * InputSize * InputSize * 3, InputSize * InputSize * 3).ToArray())],
                            [.. part.Select(i => b.Labels[i])], [.. part.Select(i => b.Pictures[i])])));
    }
}
