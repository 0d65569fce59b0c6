using Dml.Embedding;
using Dml.Onnx;
using Dml.Training.Backbones;
using Dml.Training.Network;
using Dml.Training.Onnx;
using Dml.Training.Torch;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Dml.Training.Weights;

/// <summary>
/// Fills a backbone from any ONNX file that computes it on the way: a published network, an embedder of ours or of <c>models/photo</c>, in
/// floats or 8 bits. Its constants have no names to go by; the backbone's own export is found inside the file by its structure, and its
/// constants tell the weights as <see cref="OnnxWeights"/> reads them. That the result computes the same is checked, not assumed.
/// </summary>
internal static class OnnxBackbone
{
    private const double Tolerance = 1e-4;
    private const int MostNodes = 20_000;
    // Constants need not be inputs since this version of the format.
    private const long IrVersionOfConstants = 8;

    /// <summary>
    /// Loads the weights. Batch norms come back folded into their convolutions, with statistics of zero and one; they are frozen, because
    /// statistics of batches in their place would undo the weights.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The file is damaged or does not compute this backbone; where only the last check fails, the backbone has lost its weights.
    /// </exception>
    internal static PretrainedReport Load(Backbone backbone, string path)
    {
        CheckPixels(backbone, path);
        var model = Read(path);
        var wanted = Export(backbone, out var output);
        var match = GraphMatch.Find(wanted, output, model.Graph) ?? throw new InvalidDataException(Mismatch(wanted, model.Graph, path));
        var constants = model.Graph.Constants();
        OnnxWeights.Restore(
            backbone,
            () => Export(backbone, out _),
            [.. wanted.Initializer.Select(own => (Shape(own), Values(constants[match.Constants[own.Name]])))],
            path);
        var was = backbone.training;
        backbone.eval();
        var difference = Difference(backbone, model, match, path);
        backbone.train(was);
        // Written so that NaN fails too.
        if (!(difference < Tolerance))
        {
            throw new InvalidDataException(
                $"'{path}' has layers of this backbone's sizes but computes something else: features differ by {difference:E1} of the "
                    + $"largest, allowed is below {Tolerance:E0}. Choose the backbone that the file was made from, with its options.");
        }

        backbone.FreezeBatchNorms();
        return new([.. backbone.state_dict().Keys], [], PositionsResized: false);
    }

    // The weights of an embedder are worth nothing on pixels that are prepared in another way.
    private static void CheckPixels(Backbone backbone, string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!File.Exists(Path.Combine(folder, EmbedderManifest.FileName)))
        {
            return;
        }

        var (own, theirs) = (backbone.Preprocessing, EmbedderManifest.Load(folder).Preprocessing);
        if (!own.NormalizesAs(theirs))
        {
            throw new InvalidDataException(
                $"'{folder}' was made for pixels in {Text(theirs)}, this backbone prepares them as {Text(own)}. Choose the backbone that "
                    + "the embedder was made from, with its options; that of photo is resnet-18-cntk.");
        }
    }

    private static string Text(Preprocessing pixels) =>
        $"{pixels.Channels}, mean [{string.Join(", ", pixels.Mean)}], deviation [{string.Join(", ", pixels.Std)}]";

    private static ModelProto Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var model = ModelProto.Parser.ParseFrom(stream);
            if (model.Graph is null || model.Graph.Node.Count > MostNodes)
            {
                throw new InvalidDataException($"'{path}' holds no network, or one of more than {MostNodes} operations.");
            }

            if (model.Graph.Initializer.Any(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External))
            {
                throw new InvalidDataException($"'{path}' keeps its weights in another file; save it as one file first.");
            }

            PlainGraph.Simplify(model.Graph);
            return model;
        }
        catch (Exception e)
            when (e is InvalidProtocolBufferException or ArgumentException or IndexOutOfRangeException or ArithmeticException)
        {
            throw new InvalidDataException($"'{path}' is not an ONNX file, or is damaged: {e.Message}", e);
        }
    }

    private static GraphProto Export(Backbone backbone, out string output)
    {
        var graph = new OnnxGraph();
        var side = backbone.Preprocessing.InputSize;
        output = backbone.Export(graph, graph.Input(EmbedderPorts.Input, null, 3, side, side));
        return graph.ToModel().Graph;
    }

    // The largest difference of a feature, in units of the largest feature.
    private static double Difference(Backbone backbone, ModelProto model, GraphMatch match, string path)
    {
        var preprocessing = backbone.Preprocessing;
        var rgb = new byte[preprocessing.PixelBytes];
        SmoothPicture.Draw(preprocessing.InputSize, new Random(1), rgb);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var pixels = new PixelInput(preprocessing, channelsLast: false).ToTensor(rgb, CPU);
        var expected = backbone.call(pixels);
        var actual = Run(model, match, pixels, expected.dim(), preprocessing, path);
        var features = expected.ToFloats();
        return actual.Length == features.Length
            ? features.Zip(actual, (one, other) => Math.Abs((double)one - other)).Max() / features.Max(Math.Abs)
            : double.PositiveInfinity;
    }

    private static float[] Run(
        ModelProto model, GraphMatch match, Tensor pixels, long dimensions, Preprocessing preprocessing, string path)
    {
        var graph = model.Graph;
        graph.KeepOnlyWhatLeadsTo(match.Output);
        graph.Input.Clear();
        graph.Input.Add(GraphPieces.Port(match.Input, 1, 3, preprocessing.InputSize, preprocessing.InputSize));
        graph.Output.Clear();
        // Its sizes follow from the input's.
        graph.Output.Add(GraphPieces.Port(match.Output, [.. Enumerable.Repeat<long?>(null, (int)dimensions)]));
        foreach (var (size, axis) in graph.Output[0].Type.TensorType.Shape.Dim.Select((size, axis) => (size, axis)))
        {
            size.DimParam = $"size_{axis}";
        }

        graph.ValueInfo.Clear();
        model.IrVersion = Math.Max(model.IrVersion, IrVersionOfConstants);
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            using var session = new InferenceSession(model.ToByteArray(), options);
            using var input = OrtValue.CreateTensorValueFromMemory(pixels.ToFloats(), pixels.shape);
            using var run = new RunOptions();
            using var results = session.Run(run, [match.Input], [input], [match.Output]);
            return results[0].GetTensorDataAsSpan<float>().ToArray();
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"'{path}' cannot be executed: {e.Message}", e);
        }
    }

    private static string Mismatch(GraphProto wanted, GraphProto file, string path)
    {
        var (own, others) = (Convolutions(wanted), Convolutions(file));
        var integers = file.Node.Any(node => node.OpType is "MatMulInteger" or "ConvInteger" or "QLinearConv")
            ? " Linear layers in 8-bit integers cannot be read; use the file in floats."
            : "";
        return $"'{path}' does not compute this backbone: the backbone's {own.Count} convolutions are {Summary(own)}, the file's "
            + $"{others.Count} are {Summary(others)}.{integers} Choose the backbone that the file was made from, with its options. A "
            + "transformer can be read only from files that dml wrote: take its safetensors or .pth file.";
    }

    private static List<string> Convolutions(GraphProto graph)
    {
        var constants = graph.Constants();
        return
        [
            .. graph.Node.Where(node => node.OpType == "Conv" && node.Input.Count > 1)
                .Select(node => constants.TryGetValue(node.Input[1], out var weight) ? Shape(weight) : "[?]"),
        ];
    }

    private static string Summary(List<string> shapes) => shapes.Count == 0 ? "none" : $"{shapes[0]} to {shapes[^1]}";

    private static string Shape(TensorProto tensor) => $"[{string.Join(", ", tensor.Dims)}]";

    private static float[] Values(TensorProto tensor) => tensor.Floats() ?? [];
}
