using Dml.Onnx;
using Dml.Training.Export;
using Dml.Training.Network;
using Dml.Training.Onnx;
using Dml.Training.Torch;
using Google.Protobuf;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Weights;

/// <summary>
/// Restores the weights of a network from its own ONNX file. The file's constants do not have the network's names, so the exporter itself
/// shows where it puts each weight: it exports the network with its weights numbered, and every number in the result is where that weight
/// is in the file.
/// </summary>
public static class OnnxWeights
{
    // Numbers are written in two digits: a float holds no larger ones exactly.
    private const int Digit = 1 << 20;

    /// <summary>
    /// Loads what <see cref="OnnxExporter.Export"/> wrote for a network of these options. Batch norms come back as they were folded into
    /// their convolutions: with statistics of zero and one, which must be kept. <see cref="OnnxParity.Check"/> proves the result.
    /// </summary>
    /// <param name="network">In evaluation mode; it loses its weights even where the file does not fit.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is damaged, of another network or in 8 bits.</exception>
    public static void Load(EmbeddingNetwork network, string path) => Restore(network, () => Export(network), Read(path), path);

    /// <summary>Does the same for any network and any source of its export's constants.</summary>
    /// <param name="network">Whose weights are restored.</param>
    /// <param name="export">Exports it as it is now, into the same graph every time.</param>
    /// <param name="file">The constants of that graph, with the values to restore.</param>
    /// <param name="path">Where they come from, for messages.</param>
    internal static void Restore(
        nn.Module network, Func<GraphProto> export, List<(string Shape, float[] Values)> file, string path)
    {
        var (weights, shifts) = Neutralized(network);
        Zero([.. weights, .. shifts]);
        var fixedValues = Constants(export());
        Compare(file, fixedValues, path);
        var taken = fixedValues.ConvertAll(values => new bool[values.Length]);
        var read = new List<NumberedTensors>();
        // A bias and a norm's shift that end in the same constant: the bias takes all of it.
        foreach (var tensors in new[] { weights, shifts })
        {
            var numbers = new NumberedTensors(tensors);
            numbers.Write(n => (n % Digit) + 1);
            var low = Constants(export());
            numbers.Write(n => (n / Digit) + 1);
            var high = Constants(export());
            Zero(tensors);
            Take(numbers, file, fixedValues, low, high, taken, path);
            read.Add(numbers);
        }

        read.ForEach(numbers => numbers.Write());
        CheckFixed(file, fixedValues, taken, path);
    }

    private static void Take(
        NumberedTensors numbers,
        List<(string Shape, float[] Values)> file,
        List<float[]> fixedValues,
        List<float[]> low,
        List<float[]> high,
        List<bool[]> taken,
        string path)
    {
        for (var constant = 0; constant < low.Count; constant++)
        {
            for (var i = 0; i < low[constant].Length; i++)
            {
                if (low[constant][i] != fixedValues[constant][i] && !taken[constant][i])
                {
                    taken[constant][i] = true;
                    numbers.Set(((long)(high[constant][i] - 1) * Digit) + (long)(low[constant][i] - 1), file[constant].Values[i], path);
                }
            }
        }
    }

    private static (List<Tensor> Weights, List<Tensor> Shifts) Neutralized(nn.Module network)
    {
        var ofNorms = new HashSet<string>(StringComparer.Ordinal);
        var shifts = new List<Tensor>();
        foreach (
            var (name, norm) in network.named_modules().Where(m => m.module is BatchNorm2d).Select(m => (m.name, (BatchNorm2d)m.module)))
        {
            Fill(norm.weight!, 1);
            Fill(norm.running_mean!, 0);
            Fill(norm.running_var!, (float)(1 - norm.eps));
            shifts.Add(norm.bias!);
            ofNorms.Add(name + ".");
        }

        var weights = network.state_dict().Where(t => !ofNorms.Contains(t.Key[..(t.Key.LastIndexOf('.') + 1)])).Select(t => t.Value);
        return ([.. weights], shifts);
    }

    private static GraphProto Export(EmbeddingNetwork network)
    {
        var graph = new OnnxGraph();
        network.Export(
            graph, graph.Input(OnnxExporter.InputName, null, 3, network.Preprocessing.InputSize, network.Preprocessing.InputSize));
        return graph.ToModel().Graph;
    }

    private static List<float[]> Constants(GraphProto graph) => [.. graph.Initializer.Select(ValuesOf)];

    private static List<(string Shape, float[] Values)> Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return [.. ModelProto.Parser.ParseFrom(stream).Graph.Initializer.Select(t => ($"[{string.Join(", ", t.Dims)}]", ValuesOf(t)))];
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or NullReferenceException)
        {
            throw new InvalidDataException($"'{path}' is not an ONNX file that this program wrote: {e.Message}", e);
        }
    }

    // Whole numbers are sizes and axes: they have no weights in them.
    private static float[] ValuesOf(TensorProto tensor)
    {
        if (tensor.DataType != (int)TensorProto.Types.DataType.Float)
        {
            return [];
        }

        var values = new float[tensor.RawData.Length / sizeof(float)];
        Buffer.BlockCopy(tensor.RawData.ToByteArray(), 0, values, 0, values.Length * sizeof(float));
        return values;
    }

    private static void Compare(List<(string Shape, float[] Values)> file, List<float[]> network, string path)
    {
        if (file.Count != network.Count || file.Zip(network).Any(pair => pair.First.Values.Length != pair.Second.Length))
        {
            throw new InvalidDataException(
                $"'{path}' is not the float export of this network: it has {file.Count} constants of "
                    + $"{file.Sum(c => (long)c.Values.Length)} floats, the network exports {network.Count} of "
                    + $"{network.Sum(c => (long)c.Length)}. An embedder in 8 bits (dml export --int8) has no weights that can be trained.");
        }
    }

    private static void CheckFixed(List<(string Shape, float[] Values)> file, List<float[]> fixedValues, List<bool[]> taken, string path)
    {
        for (var constant = 0; constant < file.Count; constant++)
        {
            for (var i = 0; i < fixedValues[constant].Length; i++)
            {
                if (file[constant].Values[i] != fixedValues[constant][i] && !taken[constant][i])
                {
                    throw new InvalidDataException(
                        $"'{path}' was exported from another network: its constant {constant} {file[constant].Shape} holds "
                            + $"{file[constant].Values[i]} where this network always has {fixedValues[constant][i]}.");
                }
            }
        }
    }

    private static void Zero(IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            Fill(tensor, 0);
        }
    }

    private static void Fill(Tensor tensor, float value)
    {
        var values = new float[tensor.numel()];
        values.AsSpan().Fill(value);
        tensor.FromFloats(values);
    }
}
