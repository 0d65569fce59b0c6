using TorchSharp.Modules;

namespace Dml.Training.Optimization;

/// <summary>Parameters that learn at the same rate.</summary>
/// <param name="Name">For messages: backbone, head, proxies.</param>
/// <param name="LearningRateFactor">Times the run's learning rate.</param>
/// <param name="Parameters">Each with its name in checkpoints and the weight decay it gets.</param>
internal sealed record ParameterGroup(string Name, double LearningRateFactor, IReadOnlyList<ParameterGroup.Member> Parameters)
{
    /// <summary>One parameter.</summary>
    internal sealed record Member(string Name, Parameter Parameter, double WeightDecay);
}
