using System.Text.Json.Nodes;
using Dml.Training.Losses;
using Dml.Training.Tests.Backbones;
using Dml.Training.Trainer;
using TorchSharp;

namespace Dml.Training.Tests.Trainer;

[CollectionDefinition(nameof(TrainingMemoryTests), DisableParallelization = true)]
public sealed class CountsTensorsOfTheProcess;

/// <summary>Runs alone: it counts the tensors of the whole process.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class TrainingMemoryTests
{
    [Theory]
    [InlineData("googlenet", "proxy-anchor", false)]
    [InlineData("deit-tiny", "soft-orthogonal-proxies", true)]
    public void No_step_and_no_validation_leaves_a_tensor_behind(string backbone, string lossName, bool bfloat16)
    {
        // What earlier tests left behind may be finalized meanwhile: the count falls then, and is taken again.
        List<long> counts;
        var attempts = 0;
        do
        {
            // Twice: what the finalizer of a network lets go has finalizers of its own.
            for (var round = 0; round < 2; round++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            counts = CountAfterEpochs(backbone, lossName, bfloat16);
        }
        while (++attempts < 5 && (counts[1] < counts[0] || counts[2] < counts[1]));
        Assert.Equal(counts[0], counts[1]);
        Assert.Equal(counts[0], counts[2]);
    }

    private static List<long> CountAfterEpochs(string backbone, string lossName, bool bfloat16)
    {
        using var network = SmallNetworks.Create(backbone);
        using var loss = LossCatalogue.Create(lossName, new LossShape(3, 16), new JsonObject(), 1);
        var options = new TrainingOptions
        {
            Epochs = 3,
            AverageDecay = 0.9,
            ClipGradientNorm = 1,
            ValidateEvery = 1,
            BFloat16 = bfloat16 ? Toggle.On : Toggle.Off,
        };
        using var trainer = new EmbeddingTrainer(network, loss, options);
        var counts = new List<long>();
        var recorder = new Recorder
        {
            AtValidation = n => _ = n.Embed(new byte[32 * 32 * 3]),
            AfterEpoch = _ => counts.Add(torch.Tensor.TotalCount),
        };
        trainer.Run(new StripesSource(3, 32, 3, 2), recorder, null, TestContext.Current.CancellationToken);
        return counts;
    }
}
