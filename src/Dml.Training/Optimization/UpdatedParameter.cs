using static TorchSharp.torch;

namespace Dml.Training.Optimization;

/// <summary>A parameter that an <see cref="UpdateRule"/> changes.</summary>
/// <param name="Weight">The parameter.</param>
/// <param name="Gradient">Its gradient.</param>
/// <param name="First">The running mean of the gradients, or the momentum; 0 before the first update.</param>
/// <param name="Second">The running mean of the squared gradients; null where the rule has none.</param>
/// <param name="Step">The number of this update, from 1.</param>
public sealed record UpdatedParameter(Tensor Weight, Tensor Gradient, Tensor First, Tensor? Second, long Step);
