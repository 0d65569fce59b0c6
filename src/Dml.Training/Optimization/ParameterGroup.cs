using TorchSharp.Modules;

namespace Dml.Training.Optimization;

/// <summary>Parameters that learn at the same rate.</summary>
/// <param name="LearningRateFactor">Times the run's learning rate.</param>
/// <param name="WeightDecay">Decoupled weight decay.</param>
/// <param name="Parameters">Each with its name in checkpoints.</param>
internal sealed record ParameterGroup(
    double LearningRateFactor, double WeightDecay, IReadOnlyList<(string Name, Parameter Parameter)> Parameters);
