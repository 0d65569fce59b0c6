using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Heads;

/// <summary>A backbone's feature map to one vector [batch, <see cref="Dimension"/>]; a transformer's token stays as it is.</summary>
internal sealed class FeaturePooling
{
    private readonly Pooling _pooling;
    private readonly int _cell;

    /// <param name="backbone">Whose output is pooled.</param>
    /// <param name="pooling">How.</param>
    /// <param name="grid">Cells a side, laid end to end; must divide the map's side.</param>
    /// <exception cref="RecipeException">It does not.</exception>
    internal FeaturePooling(Backbone backbone, Pooling pooling, int grid)
    {
        if (grid < 1 || (backbone.GivesFeatureMap && backbone.FeatureMapSide % grid != 0))
        {
            throw new RecipeException($"The head's grid must divide the feature map's side of {backbone.FeatureMapSide}; {grid} does not.");
        }

        _pooling = pooling;
        _cell = backbone.FeatureMapSide / grid;
        Dimension = backbone.OutputDimension * (backbone.GivesFeatureMap ? grid * grid : 1);
    }

    /// <summary>Length of the pooled vector.</summary>
    internal int Dimension { get; }

    /// <summary>All that decides the pooled vector besides the map.</summary>
    internal string Kind => _cell == 0 ? "token" : $"{_pooling} of cells of {_cell}";

    internal Tensor Pool(Tensor feature)
    {
        if (_cell == 0)
        {
            return feature;
        }

        using var scope = NewDisposeScope();
        var mean = F.avg_pool2d(feature, [_cell, _cell]);
        var pooled = _pooling == Pooling.Average ? mean : mean + F.max_pool2d(feature, _cell);
        return pooled.flatten(1).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        if (_cell == 0)
        {
            return input;
        }

        var mean = graph.CellMeans(input, _cell);
        return graph.Flatten(_pooling == Pooling.Average ? mean : graph.Add(mean, graph.CellMaxima(input, _cell)));
    }
}
