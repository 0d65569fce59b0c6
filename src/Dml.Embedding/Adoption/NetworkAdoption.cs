using System.Text.Json.Nodes;
using Dml.Files;
using Dml.Onnx;
using Google.Protobuf;

namespace Dml.Embedding.Adoption;

/// <summary>
/// Turns a published image network in ONNX into an embedder: finds its picture input, pools and normalises its output, opens its batch,
/// removes what does not lead to the embedding, and proves that the vectors are the same.
/// </summary>
public static class NetworkAdoption
{
    private const string InputName = EmbedderPorts.Input;
    private const string OutputName = EmbedderPorts.Output;
    // From 4 on, constants need not be listed among the inputs; 8 is what the exporter writes.
    private const long LeastIrVersion = 8;
    private const int MaxDimension = 65536;

    /// <summary>Writes <c>embedder.onnx</c>, <c>model.json</c> and a card, completely or not at all.</summary>
    /// <param name="file">The network; its external data is beside it.</param>
    /// <param name="folder">The embedder's folder, <c>models/&lt;name&gt;</c>; its files are replaced.</param>
    /// <param name="options">What is known about the network beyond its file.</param>
    /// <param name="cancel">Stops between steps.</param>
    /// <exception cref="AdoptionException">The network does not fit, or something more has to be known about it.</exception>
    public static AdoptionReport Adopt(string file, string folder, AdoptionOptions options, CancellationToken cancel)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var name = Path.GetFileName(folder);
        var (source, wasHalf) = NetworkFile.Read(file);
        var input = ImageInput.Find(source.Graph);
        var preprocessing = PreprocessingOf(file, input, options);
        var output = OutputOf(source.Graph, input, options.Output);
        cancel.ThrowIfCancellationRequested();

        using var proof = new AdoptionProof(file, source, wasHalf, input, output, preprocessing);
        var pooling = EmbeddingTail.Settle(proof.OutputShape, options.Pooling);
        var dimension = EmbeddingTail.Dimension(proof.OutputShape, pooling, input.ChannelsLast);
        if (dimension is < 1 or > MaxDimension)
        {
            throw new AdoptionException(
                $"The embedding would have {dimension} dimensions; 1 to {MaxDimension} are possible. Choose another pooling.");
        }

        proof.Expect(pooling);
        ModelProto Make(bool openBatch) =>
            Reshape(source, input, output, openBatch, preprocessing.InputSize, proof.OutputShape.Count, pooling, (int)dimension);
        var (model, differences, oneByOne) = Prove(Make, proof, (int)dimension, preprocessing.InputSize, cancel);
        double? cosine = null;
        if (options.EightBits)
        {
            Round(model, preprocessing, options.Calibration, cancel);
            cosine = proof.MeanCosine(model, (int)dimension);
        }

        var report = new AdoptionReport(
            name, input.Name, output, AdoptionPoolings.Name(pooling), (int)dimension, preprocessing, differences, oneByOne, cosine);
        Write(model, folder, name, file, report);
        return report;
    }

    private static void Round(ModelProto model, Preprocessing preprocessing, IReadOnlyList<string> pictures, CancellationToken cancel)
    {
        try
        {
            var rounded = EightBits.Prepare(model);
            if (pictures.Count == 0 && rounded.Count > 0)
            {
                throw new AdoptionException(
                    AdoptionQuestion.Calibration,
                    "The network has convolutions: the ranges of their values have to be measured on pictures of the kind that will be "
                    + "embedded. Name a folder with a hundred of them.");
            }

            (string Name, Func<byte[]> Load)[] files = Array.ConvertAll<string, (string, Func<byte[]>)>(
                [.. pictures], file => (file, () => File.ReadAllBytes(file)));
            EightBits.Apply(model, ActivationRanges.Measure(model, rounded, preprocessing, files, cancel));
        }
        catch (InvalidDataException exception)
        {
            throw new AdoptionException(exception.Message, exception);
        }
    }

    private static Preprocessing PreprocessingOf(string file, ImageInput input, AdoptionOptions options)
    {
        Preprocessing stated;
        if (options.Preset is { } preset)
        {
            stated = PreprocessingPresets.All.GetValueOrDefault(preset) ?? throw new AdoptionException(
                AdoptionQuestion.Preprocessing,
                $"'{preset}' is not a preset; known are {string.Join(", ", PreprocessingPresets.All.Keys)}.");
        }
        else
        {
            stated = PreprocessorConfig.Find(Path.GetDirectoryName(Path.GetFullPath(file))!) ?? throw new AdoptionException(
                AdoptionQuestion.Preprocessing,
                $"The file does not say how pictures are prepared. State a preset ({string.Join(", ", PreprocessingPresets.All.Keys)}), or "
                + "put the network's preprocessor_config.json beside it.");
        }

        if (options.InputSize is { } wanted && input.Side is { } only && wanted != only)
        {
            throw new AdoptionException($"The network takes pictures of {only} x {only} pixels; {wanted} cannot be chosen.");
        }

        var preprocessing = stated with { InputSize = options.InputSize ?? input.Side ?? stated.InputSize };
        return preprocessing.Fault() is { } fault ? throw new AdoptionException($"{fault}.") : preprocessing;
    }

    // The last one: exporters put hidden states first and what was made of them after.
    private static string OutputOf(GraphProto graph, ImageInput input, string? wanted)
    {
        var others = ImageInput.Inputs(graph).Select(port => port.Name).Where(name => name != input.Name).ToArray();
        var values = graph.Node.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        if (wanted is not null && !values.Contains(wanted))
        {
            throw new AdoptionException(
                AdoptionQuestion.Output,
                $"The network has no value '{wanted}'; its outputs are {Quoted(graph.Output.Select(port => port.Name))}.");
        }

        foreach (var candidate in wanted is null ? graph.Output.Reverse().Select(port => port.Name) : [wanted])
        {
            var needs = graph.LeadingTo(candidate).Values;
            if (needs.Contains(input.Name) && !others.Any(needs.Contains))
            {
                return candidate;
            }

            if (wanted is not null)
            {
                throw new AdoptionException(
                    AdoptionQuestion.Output,
                    needs.Contains(input.Name)
                        ? $"'{wanted}' depends on more than the picture: on {Quoted(others.Where(needs.Contains))}."
                        : $"'{wanted}' does not depend on the picture '{input.Name}'.");
            }
        }

        throw new AdoptionException(
            AdoptionQuestion.Output,
            $"No output depends on the picture '{input.Name}' alone; outputs are {Quoted(graph.Output.Select(port => port.Name))}, "
            + $"further inputs {Quoted(others)}. Name a value inside the network.");
    }

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    private static ModelProto Reshape(
        ModelProto source, ImageInput input, string output, bool openBatch, int side, int rank, AdoptionPooling pooling, int dimension)
    {
        var model = source.Clone();
        model.IrVersion = Math.Max(model.IrVersion, LeastIrVersion);
        var graph = model.Graph;
        graph.KeepOnlyWhatLeadsTo(output);
        // The network's own values of these names step aside.
        var (innerInput, innerOutput) = (graph.FreshPrefix($"{InputName}/inner"), graph.FreshPrefix($"{OutputName}/inner"));
        graph.Rename(InputName, innerInput);
        graph.Rename(OutputName, innerOutput);
        string Inner(string name) => name switch { InputName => innerInput, OutputName => innerOutput, _ => name };
        if (openBatch && input.Batch is { } batch)
        {
            BatchRewriting.OpenReshapes(graph, batch);
        }

        var pieces = new GraphPieces(graph, model.Opset(), "dml_");
        var before = graph.Node.Count;
        var pixels = input.ChannelsLast ? pieces.Transpose(InputName, 0, 2, 3, 1) : InputName;
        pixels = input.Bytes ? pieces.Cast(pixels, TensorProto.Types.DataType.Uint8) : pixels;
        graph.Rename(Inner(input.Name), pixels);
        var front = graph.Node.Skip(before).ToArray();
        var rest = graph.Node.Take(before).ToArray();
        graph.Node.Clear();
        graph.Node.Add([.. front, .. rest]);

        var vector = pieces.Normalize(EmbeddingTail.Append(pieces, Inner(output), rank, pooling, input.ChannelsLast));
        pieces.Give(vector, OutputName);
        graph.Input.Clear();
        graph.Input.Add(GraphPieces.Port(InputName, null, 3, side, side));
        graph.Output.Clear();
        graph.Output.Add(GraphPieces.Port(OutputName, null, dimension));
        return model;
    }

    private static (ModelProto Model, IReadOnlyList<(int Batch, double Difference)> Differences, bool OneByOne) Prove(
        Func<bool, ModelProto> make, AdoptionProof proof, int dimension, int side, CancellationToken cancel)
    {
        var adopted = make(true);
        if (proof.TryCompare(adopted, dimension, out var differences, out var problem))
        {
            return (adopted, differences, false);
        }

        cancel.ThrowIfCancellationRequested();
        var scanned = make(false);
        if (BatchRewriting.TryRunOneByOne(scanned, InputName, [3, side, side], OutputName, dimension)
            && proof.TryCompare(scanned, dimension, out differences, out _))
        {
            return (scanned, differences, true);
        }

        throw new AdoptionException(
            $"The adopted network does not give the vectors of the original, so nothing was written: {problem} Export it with an open "
            + "batch (dynamic_axes of torch.onnx.export) and try again.");
    }

    private static void Write(ModelProto model, string folder, string name, string file, AdoptionReport report)
    {
        var draft = Directory.CreateDirectory($"{folder}.{Guid.NewGuid():N}.tmp").FullName;
        try
        {
            AtomicFile.Write(Path.Combine(draft, EmbedderManifest.NetworkFileName), model.WriteTo);
            var origin = new JsonObject
            {
                ["adoptedFrom"] = Path.GetFileName(file),
                ["input"] = report.Input,
                ["output"] = report.Output,
                ["pooling"] = report.Pooling,
                ["int8"] = report.Int8Cosine is not null,
            };
            var figures = new JsonObject { ["onnxParity"] = report.Differences.Max(pair => pair.Difference) };
            if (report.Int8Cosine is { } mean)
            {
                figures["int8Cosine"] = Math.Round(mean, 6);
            }

            // It may have been trained on anything, but on no label of this catalogue.
            EmbedderManifest
                .Describe(draft, name, report.Dimension, report.Preprocessing, origin, figures, trainedLabels: [])
                .Save(draft);
            AtomicFile.Write(Path.Combine(draft, "README.md"), System.Text.Encoding.UTF8.GetBytes(report.ToCard(Path.GetFileName(file))));
            EmbedderDraft.Publish(draft, folder);
        }
        finally
        {
            if (Directory.Exists(draft))
            {
                Directory.Delete(draft, recursive: true);
            }
        }
    }
}
