using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Optimization;
using Dml.Training.Torch;
using TorchSharp;

namespace Dml.Training.Trainer;

/// <summary>Refuses options that cannot be used before anything expensive begins.</summary>
internal static class TrainingOptionsCheck
{
    /// <summary>What the options alone and this machine decide.</summary>
    /// <exception cref="RecipeException">An option out of its range, or a device or precision that this machine does not have.</exception>
    internal static void Throw(TrainingOptions options)
    {
        Require(options.Epochs >= 1, "epochs must be at least 1", options.Epochs);
        Require(options.LearningRate > 0 && double.IsFinite(options.LearningRate), "learningRate must be above 0", options.LearningRate);
        Require(options.HeadLearningRateFactor >= 0, "headLearningRateFactor must not be negative", options.HeadLearningRateFactor);
        Require(options.WeightDecay >= 0, "weightDecay must not be negative", options.WeightDecay);
        Require(options.WarmupEpochs >= 0, "warmupEpochs must not be negative", options.WarmupEpochs);
        Require(
            options.FinalLearningRateFactor is >= 0 and <= 1,
            "finalLearningRateFactor must be 0 to 1",
            options.FinalLearningRateFactor);
        Require(options.ClipGradientNorm >= 0, "clipGradientNorm must not be negative", options.ClipGradientNorm);
        Require(options.ClipGradientValue >= 0, "clipGradientValue must not be negative", options.ClipGradientValue);
        OptimizerCatalogue.Create(options.Optimizer);
        Require(
            !ScheduleCatalogue.Create(options.Schedule).NeedsFigures || options.ValidationShare > 0,
            $"schedule {options.Schedule.Name} needs a validation share above 0, whose figures it follows",
            options.ValidationShare);
        Require(options.AverageDecay is >= 0 and < 1, "averageDecay must be 0 to below 1", options.AverageDecay);
        Require(options.Accumulate >= 1, "accumulate must be at least 1", options.Accumulate);
        Require(options.CheckpointMinutes >= 0, "checkpointMinutes must not be negative", options.CheckpointMinutes);
        Require(options.FeatureViews >= 1, "featureViews must be at least 1", options.FeatureViews);
        Require(
            options.FeatureViews == 1 || options.FrozenBackbone,
            "featureViews above 1 needs frozenBackbone",
            options.FeatureViews);
        Require(options.ValidateEvery >= 1, "validateEvery must be at least 1", options.ValidateEvery);
        Require(options.ValidationShare is >= 0 and <= 0.5, "validation must be 0 to 0.5", options.ValidationShare);
        Require(
            options.Keep != KeptEpoch.Best || options.ValidationShare > 0,
            "keep best needs a validation share above 0 to choose the epoch by",
            options.ValidationShare);
        Require(options.Patience >= 0, "patience must not be negative", options.Patience);
        Require(options.Patience == 0 || options.Keep == KeptEpoch.Best, "patience needs keep best", options.Keep);
        Require(options.Device is "cpu" or "cuda", "device must be cpu or cuda", options.Device);
        Require(
            options.Device == "cpu" || torch.cuda.is_available(),
            "device cuda needs an NVIDIA GPU and a program built with -p:Torch=cuda; or train on cpu",
            options.Device);
        Precision.Check(options.BFloat16 == Toggle.On);
    }

    /// <summary>The same, and what network and loss decide.</summary>
    /// <exception cref="RecipeException">An option that cannot be used.</exception>
    internal static void Throw(TrainingOptions options, EmbeddingNetwork network, EmbeddingLoss loss)
    {
        Throw(options);
        Require(
            !options.FrozenBackbone || network.Head.parameters().Any(),
            "frozenBackbone needs a head that learns: linear or average-max",
            network.Head.GetName());
        Require(
            loss.Shape.Dimension == network.Head.ProjectedDimension,
            $"the loss must be built for the {network.Head.ProjectedDimension} dimensions that the head gives it",
            loss.Shape.Dimension);
        var names = network.named_parameters().Select(p => p.name).ToList();
        foreach (var frozen in options.Frozen)
        {
            Require(
                names.Any(n => n == frozen || n.StartsWith(frozen + ".", StringComparison.Ordinal)),
                "frozen must name parameters of the network, such as backbone or head.linear",
                frozen);
        }
    }

    private static void Require(bool holds, string rule, object got)
    {
        if (!holds)
        {
            throw new RecipeException($"In 'training', {rule}; got {got}.");
        }
    }
}
