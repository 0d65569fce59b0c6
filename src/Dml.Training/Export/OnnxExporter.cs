using Dml.Files;
using Dml.Onnx;
using Dml.Training.Backbones;
using Dml.Training.Heads;
using Dml.Training.Network;
using Dml.Training.Onnx;
using Google.Protobuf;

namespace Dml.Training.Export;

/// <summary>Writes a trained network as ONNX, from the network itself.</summary>
public static class OnnxExporter
{
    /// <summary>Name of the input: float32 [batch, 3, side, side], normalised.</summary>
    public const string InputName = EmbedderPorts.Input;

    /// <summary>Name of the output: float32 [batch, dimension], unit rows.</summary>
    public const string OutputName = EmbedderPorts.Output;

    /// <summary>
    /// Writes the network as it computes in evaluation mode: opset 17, any batch size, batch norms folded into their convolutions. An
    /// embedder that was trained on top of stays as it was written, with the map at its end.
    /// </summary>
    /// <param name="network">The network; unchanged.</param>
    /// <param name="path">The file; written whole or not at all.</param>
    public static void Export(EmbeddingNetwork network, string path)
    {
        if (network is { Backbone: EmbedderBackbone embedder, Head: VectorHead head })
        {
            embedder.Export(head.Map, path);
        }
        else
        {
            Write(new OnnxGraph(), network, path);
        }
    }

    /// <summary>
    /// Writes the network with convolutions and linear layers in whole numbers of 8 bits; the embedding's own layer stays in floats.
    /// Made for processors with VNNI or AMX: older ones are slower with it, and may cut off large sums.
    /// </summary>
    /// <param name="network">The network, in evaluation mode; unchanged.</param>
    /// <param name="path">The file; written whole or not at all.</param>
    /// <param name="pictures">
    /// What the ranges of the values are measured on: some training pictures, each [3, side, side], normalised.
    /// </param>
    public static void ExportInt8(EmbeddingNetwork network, string path, IEnumerable<float[]> pictures) =>
        Write(new QuantizedGraph(Calibration.Measure(network, pictures)), network, path);

    private static void Write(OnnxGraph graph, EmbeddingNetwork network, string path)
    {
        var side = network.Preprocessing.InputSize;
        var input = graph.Input(InputName, null, 3, side, side);
        graph.Output(OutputName, network.Export(graph, input), null, network.Dimension);
        var model = graph.ToModel();
        AtomicFile.Write(path, model.WriteTo);
    }
}
