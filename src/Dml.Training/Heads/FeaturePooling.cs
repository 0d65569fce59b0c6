using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Heads;

/// <summary>A backbone's feature map to one vector [batch, <see cref="Dimension"/>]; a transformer's token stays as it is.</summary>
internal sealed class FeaturePooling
{
    /// <summary>p of the generalised mean.</summary>
    internal const double PublishedPower = 3;

    // Keeps powers of what is not above 0 finite, as published.
    private const double Least = 1e-6;
    private readonly Pooling _pooling;
    private readonly double _power;
    private readonly int _cell;

    /// <param name="backbone">Whose output is pooled.</param>
    /// <param name="pooling">How.</param>
    /// <param name="grid">Cells a side, laid end to end; must divide the map's side.</param>
    /// <param name="power">p of the generalised mean, at least 1.</param>
    /// <exception cref="RecipeException">The grid does not divide it, or p is out of range.</exception>
    internal FeaturePooling(Backbone backbone, Pooling pooling, int grid, double power = PublishedPower)
    {
        if (grid < 1 || (backbone.GivesFeatureMap && backbone.FeatureMapSide % grid != 0))
        {
            throw new RecipeException($"The head's grid must divide the feature map's side of {backbone.FeatureMapSide}; {grid} does not.");
        }

        if (!double.IsFinite(power) || power < 1)
        {
            throw new RecipeException($"The power of the head's pooling must be at least 1; {power} is not.");
        }

        (_pooling, _power) = (pooling, power);
        _cell = backbone.FeatureMapSide / grid;
        Dimension = backbone.OutputDimension * (backbone.GivesFeatureMap ? grid * grid : 1);
    }

    /// <summary>Length of the pooled vector.</summary>
    internal int Dimension { get; }

    /// <summary>All that decides the pooled vector besides the map.</summary>
    internal string Kind => _cell == 0 ? "token"
        : _pooling == Pooling.Gem ? FormattableString.Invariant($"{_pooling} {_power} of cells of {_cell}")
        : $"{_pooling} of cells of {_cell}";

    internal Tensor Pool(Tensor feature)
    {
        if (_cell == 0)
        {
            return feature;
        }

        using var scope = NewDisposeScope();
        Tensor Mean(Tensor map) => F.avg_pool2d(map, [_cell, _cell]);
        Tensor Maximum() => F.max_pool2d(feature, _cell);
        var pooled = _pooling switch
        {
            Pooling.Average => Mean(feature),
            Pooling.AverageMax => Mean(feature) + Maximum(),
            Pooling.Max => Maximum(),
            _ => Mean(feature.clamp(min: Least).pow(_power)).pow(1 / _power),
        };
        return pooled.flatten(1).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        if (_cell == 0)
        {
            return input;
        }

        return graph.Flatten(_pooling switch
        {
            Pooling.Average => graph.CellMeans(input, _cell),
            Pooling.AverageMax => graph.Add(graph.CellMeans(input, _cell), graph.CellMaxima(input, _cell)),
            Pooling.Max => graph.CellMaxima(input, _cell),
            _ => graph.Pow(graph.CellMeans(graph.Pow(graph.AtLeast(input, Least), _power), _cell), 1 / _power),
        });
    }
}
