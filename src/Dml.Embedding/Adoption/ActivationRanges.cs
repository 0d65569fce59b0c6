using Dml.Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Dml.Embedding.Adoption;

/// <summary>Measures which values a network computes, on pictures of the kind that it will embed.</summary>
internal static class ActivationRanges
{
    private const long MaxPixels = 100_000_000;

    /// <summary>The least and the greatest value that each named one takes, zero included.</summary>
    /// <param name="model">An embedder's network.</param>
    /// <param name="values">Names of values of floats.</param>
    /// <param name="preprocessing">The embedder's.</param>
    /// <param name="pictures">Picture files, each with a name for messages.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <exception cref="AdoptionException">A file is not a picture.</exception>
    public static Dictionary<string, ActivationRange> Measure(
        ModelProto model,
        IReadOnlyList<string> values,
        Preprocessing preprocessing,
        IReadOnlyList<(string Name, Func<byte[]> Load)> pictures,
        CancellationToken cancel)
    {
        var measuring = model.Clone();
        var pieces = new GraphPieces(measuring.Graph, model.Opset(), "dml_range_");
        var outputs = new List<string>();
        foreach (var value in values)
        {
            outputs.Add(pieces.Add("ReduceMin", [value], GraphPieces.Number("keepdims", 0)));
            outputs.Add(pieces.Add("ReduceMax", [value], GraphPieces.Number("keepdims", 0)));
        }

        measuring.Graph.Output.Add(outputs.Select(name => GraphPieces.Port(name)));
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var session = new InferenceSession(measuring.ToByteArray(), options);
        using var run = new RunOptions();
        var ranges = values.ToDictionary(value => value, _ => ActivationRange.Zero, StringComparer.Ordinal);
        var rgb = new byte[preprocessing.PixelBytes];
        var chw = new float[rgb.Length];
        foreach (var (name, load) in pictures)
        {
            cancel.ThrowIfCancellationRequested();
            if (!PictureDecoder.TryDecode(load(), preprocessing, MaxPixels, rgb, out var error))
            {
                throw new AdoptionException($"{name} cannot be used to measure ranges: {error.Message}");
            }

            preprocessing.Normalize(rgb, chw);
            using var input = OrtValue.CreateTensorValueFromMemory(chw, [1, 3, preprocessing.InputSize, preprocessing.InputSize]);
            using var results = session.Run(run, [EmbedderPorts.Input], [input], outputs);
            for (var i = 0; i < values.Count; i++)
            {
                ranges[values[i]] = ranges[values[i]]
                    .Or(new(results[2 * i].GetTensorDataAsSpan<float>()[0], results[(2 * i) + 1].GetTensorDataAsSpan<float>()[0]));
            }
        }

        return ranges;
    }
}
