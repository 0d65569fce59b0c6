using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using static TorchSharp.torch;

namespace Dml.Training.Heads;

/// <summary>The backbone's own feature, pooled where it is a map; nothing to learn.</summary>
public sealed class FeatureHead : PooledHead
{
    private readonly bool _unit;

    /// <summary>Builds the head.</summary>
    /// <param name="backbone">The backbone whose feature is used.</param>
    /// <param name="options">How a map is pooled.</param>
    /// <param name="unit">Scale to length 1.</param>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public FeatureHead(Backbone backbone, Options options, bool unit)
        : base(nameof(FeatureHead), backbone, options.Pooling, options.Grid, options.Power)
    {
        _unit = unit;
        RegisterComponents();
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Pooling of a feature map; a transformer's token needs none.</summary>
        public Pooling Pooling { get; init; } = Pooling.Average;

        /// <summary>Pool to grid x grid cells, laid end to end; must divide the map's side.</summary>
        public int Grid { get; init; } = 1;

        /// <summary>p of the pooling <see cref="Pooling.Gem"/>, at least 1.</summary>
        public double Power { get; init; } = FeaturePooling.PublishedPower;
    }

    /// <inheritdoc/>
    public override int Dimension => FeatureDimension;

    /// <inheritdoc/>
    public override bool GivesUnitVectors => _unit;

    /// <inheritdoc/>
    // A new tensor even where nothing is computed, so that disposing it does not dispose the feature.
    public override Tensor Project(Tensor feature) => feature.to(float32).alias();

    internal override string Export(OnnxGraph graph, string input)
    {
        var feature = ExportNormed(graph, input);
        return _unit ? graph.Normalize(feature) : feature;
    }
}
