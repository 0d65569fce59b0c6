using Dml.Training.Data;
using Dml.Training.Evaluation;
using Dml.Training.Network;
using Dml.Training.Recipes;
using Dml.Training.Trainer;

namespace Dml.Training.Runs;

/// <summary>Pictures that a network in training is measured on.</summary>
/// <param name="Pixels">Decoded exactly as the service decodes a query.</param>
/// <param name="Features">What a frozen backbone gives for them; null where the whole network has to look.</param>
internal sealed record MeasuredPictures(PixelCache Pixels, FeatureTable? Features)
{
    /// <summary>Unit vectors, [pictures, dimension].</summary>
    public float[] Embed(EmbeddingNetwork network, Recipe recipe, CancellationToken cancel) => Features is { } known
        ? HeldOutEvaluation.Project(network, known, cancel)
        : HeldOutEvaluation.Embed(
            new NetworkEmbedder(network, recipe.Training.BFloat16 == Toggle.On), Pixels, recipe.Evaluation.BatchSize, null, cancel);
}
