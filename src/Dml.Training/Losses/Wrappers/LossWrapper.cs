using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Network;
using static TorchSharp.torch;

namespace Dml.Training.Losses.Wrappers;

/// <summary>
/// A method around another loss of <see cref="LossCatalogue"/>, the base: it changes the input of the base or adds to its value. Calls by
/// the trainer are passed on to the base.
/// </summary>
public abstract class LossWrapper : EmbeddingLoss
{
    private const string Prefix = "inner.";
    private protected readonly EmbeddingLoss inner;

    /// <summary>Builds the base for the same classes and dimension.</summary>
    /// <exception cref="RecipeException">The loss or one of its options does not exist.</exception>
    protected LossWrapper(string name, LossShape shape, MethodChoice choice, Initializer initializer) : base(name, shape)
        => inner = LossCatalogue.Create(choice, shape, initializer);

    /// <summary>Wraps a base that already exists, possibly for fewer classes.</summary>
    private protected LossWrapper(string name, LossShape shape, EmbeddingLoss inner) : base(name, shape) => this.inner = inner;

    /// <inheritdoc/>
    public override double LearningRateFactorOf(string parameter) => parameter.StartsWith(Prefix, StringComparison.Ordinal)
        ? inner.LearningRateFactorOf(parameter[Prefix.Length..])
        : base.LearningRateFactorOf(parameter);

    internal override Tensor? ClassVectors => inner.ClassVectors;

    /// <inheritdoc/>
    public override void Attach(EmbeddingNetwork network) => inner.Attach(network);

    /// <inheritdoc/>
    public override void BeginEpoch(EpochStart start) => inner.BeginEpoch(start);

    /// <inheritdoc/>
    public override void AfterBackward(EmbeddingNetwork network) => inner.AfterBackward(network);
}
