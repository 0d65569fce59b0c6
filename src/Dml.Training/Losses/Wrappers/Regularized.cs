using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Losses.Regularizers;
using static TorchSharp.torch;

namespace Dml.Training.Losses.Wrappers;

/// <summary>Any loss + weight (a regularizer's cost): a line of <see cref="RegularizerCatalogue"/>.</summary>
public sealed class Regularized : LossWrapper
{
    private readonly Options _options;
    private readonly IRegularizer _regularizer;

    /// <summary>Builds the loss and its base.</summary>
    /// <exception cref="RecipeException">An option is out of range, or the base has no vectors of classes and needs them.</exception>
    public Regularized(LossShape shape, Options options, Initializer initializer)
        : base(nameof(Regularized), shape, options.Base, initializer)
    {
        new OptionCheck("regularized").AtLeast(0, options.Weight);
        _options = options;
        _regularizer = RegularizerCatalogue.Create(options.Regularizer);
        if (_regularizer.NeedsClassVectors && inner.ClassVectors is null)
        {
            throw new RecipeException(
                $"regularized: '{options.Regularizer.Name}' is of the vectors that a loss learns of the classes, and '{options.Base.Name}' "
                    + "has none. Take a loss with proxies or a classifier, such as proxy-anchor or arcface, or zero-mean or lp.");
        }

        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "K. Musgrave, S. Belongie, S.-N. Lim, PyTorch Metric Learning, 2020, arXiv 2008.09164 (its regularizers)",
        Idea = "Adds a cost of the embeddings or of the classes' vectors themselves to any loss.",
        Needs = "what the base needs; some regularizers need a base with proxies or a classifier",
        Status = SourceStatus.Verified,
        Source = "the formulas of its regularizers were read there and computed with PyTorch.",
        Claim = "none of its own",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>The loss; it may itself be regularized.</summary>
        public MethodChoice Base { get; init; } = new("contrastive");

        /// <summary>The cost that is added.</summary>
        public MethodChoice Regularizer { get; init; } = new("zero-mean");

        /// <summary>Its weight, at least 0.</summary>
        public double Weight { get; init; } = 0.1;
    }

    /// <inheritdoc/>
    public override bool TakesReferences => inner.TakesReferences;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var cost = _regularizer.Cost(batch.Embeddings.narrow(0, 0, batch.Anchors), inner.ClassVectors?.to(batch.Embeddings.dtype));
        return (inner.Compute(batch) + (cost * _options.Weight)).MoveToOuterDisposeScope();
    }
}
