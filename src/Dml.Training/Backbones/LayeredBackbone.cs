using Dml.Training.Onnx;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>A backbone that is a plain sequence of named layers and ends in a feature map.</summary>
public abstract class LayeredBackbone : Backbone
{
    private readonly List<NetworkLayer> _layers = [];

    /// <summary>Names the module.</summary>
    protected LayeredBackbone(string name) : base(name) { }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => forward(input, null);

    /// <summary>The forward pass, handing every layer's output to <paramref name="watch"/> while it lives.</summary>
    internal Tensor forward(Tensor input, Action<string, Tensor>? watch)
    {
        using var scope = NewDisposeScope();
        var x = input;
        foreach (var layer in _layers)
        {
            x = layer.Forward(x);
            watch?.Invoke(layer.Name, x);
        }

        return x.MoveToOuterDisposeScope();
    }

    /// <summary>The feature map before the ReLU that it ends in.</summary>
    internal Tensor BeforeLastRelu(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = _layers.SkipLast(1).Aggregate(input, (x, layer) => layer.Forward(x));
        var last = _layers[^1].BeforeRelu ?? throw new InvalidOperationException($"{_layers[^1].Name} ends in no ReLU.");
        return last(x).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override string Export(OnnxGraph graph, string input) => _layers.Aggregate(input, (x, layer) => layer.Export(graph, x));

    /// <summary>Puts a layer behind the others; one that changes the map's side says so itself.</summary>
    private protected void Add(NetworkLayer layer) => _layers.Add(layer);

    /// <summary>A convolution of odd kernel that keeps the side, divided by the stride and rounded up.</summary>
    private protected void AddStrided(NetworkLayer layer, int stride)
    {
        FeatureMapSide = ((FeatureMapSide - 1) / stride) + 1;
        Add(layer);
    }

    /// <summary>A max pool of stride 2 without padding, in ceil mode.</summary>
    private protected void AddPool(string name, int kernel)
    {
        FeatureMapSide = ((FeatureMapSide - kernel + 1) / 2) + 1;
        Add(NetworkLayer.MaxPool(name, kernel, 2));
    }
}
