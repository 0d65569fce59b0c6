using Dml.Onnx;
using Dml.Training.Network;
using Dml.Training.Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Dml.Training.Export;

/// <summary>Measures the ranges of a network's values on pictures.</summary>
internal static class Calibration
{
    /// <summary>Runs the pictures through the network one by one.</summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="pictures">Each [3, side, side], normalised.</param>
    /// <returns>By number of the value; empty for a network without convolutions in front of rectifiers.</returns>
    internal static ActivationRange[] Measure(EmbeddingNetwork network, IEnumerable<float[]> pictures)
    {
        var graph = new CalibrationGraph();
        var side = network.Preprocessing.InputSize;
        network.Export(graph, graph.Input(OnnxExporter.InputName, null, 3, side, side));
        if (graph.Measured.Count == 0)
        {
            return [];
        }

        var ranges = Enumerable.Repeat(ActivationRange.Zero, graph.Measured.Count).ToArray();
        string[] outputs = [.. graph.Measured.SelectMany(m => (string[])[m.Least, m.Greatest])];
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var session = new InferenceSession(graph.ToModel().ToByteArray(), options);
        using var run = new RunOptions();
        foreach (var picture in pictures)
        {
            using var input = OrtValue.CreateTensorValueFromMemory(picture, [1, 3, side, side]);
            using var results = session.Run(run, [OnnxExporter.InputName], [input], outputs);
            for (var i = 0; i < ranges.Length; i++)
            {
                ranges[i] = ranges[i]
                    .Or(new(results[2 * i].GetTensorDataAsSpan<float>()[0], results[(2 * i) + 1].GetTensorDataAsSpan<float>()[0]));
            }
        }

        return graph.Joined(ranges);
    }
}
