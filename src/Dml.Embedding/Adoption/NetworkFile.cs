using System.Globalization;
using Dml.Onnx;
using Google.Protobuf;

namespace Dml.Embedding.Adoption;

/// <summary>Reads an ONNX file into one piece of single precision.</summary>
internal static class NetworkFile
{
    // Protocol buffers end there.
    private const long MaxBytes = int.MaxValue;

    /// <summary>The model with its external data inside it, and half-precision numbers widened: processors compute in single.</summary>
    /// <exception cref="AdoptionException">No ONNX file, too large, or its external data is missing or outside its folder.</exception>
    public static (ModelProto Model, bool WasHalf) Read(string path)
    {
        var model = Parse(path);
        if (model.Functions.Count > 0)
        {
            throw new AdoptionException(
                $"{path} defines {model.Functions.Count} functions of its own. Export it without them (torch.onnx.export with "
                + "dynamo=False), or inline them (onnx.inliner).");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var wasHalf = false;
        long total = 0;
        foreach (var tensor in Tensors(model.Graph))
        {
            if (tensor.DataLocation == TensorProto.Types.DataLocation.External)
            {
                Inline(tensor, folder, ref total);
            }

            wasHalf |= IsHalf(tensor.DataType);
            tensor.ToSinglePrecision();
        }

        WidenTypes(model.Graph);
        return (model, wasHalf);
    }

    private static ModelProto Parse(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MaxBytes)
            {
                throw new AdoptionException($"{path} has {stream.Length} bytes; at most {MaxBytes} can be read.");
            }

            var model = ModelProto.Parser.ParseFrom(stream);
            return model.Graph is { Node.Count: > 0 } ? model : throw NotOnnx(path, "it has no nodes", null);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AdoptionException($"{path} does not exist.", exception);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw NotOnnx(path, exception.Message, exception);
        }
    }

    private static AdoptionException NotOnnx(string path, string reason, Exception? inner) =>
        new($"{path} is not an ONNX file: {reason}", inner);

    private static IEnumerable<TensorProto> Tensors(GraphProto graph) => graph
        .WithInner()
        .SelectMany(inner => inner.Initializer.Concat(
            inner.Node.SelectMany(node => node.Attribute).Select(attribute => attribute.T).OfType<TensorProto>()));

    // The file names its data relative to its own folder; a path that leads out of it could read any file of this machine.
    private static void Inline(TensorProto tensor, string folder, ref long total)
    {
        string? Entry(string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;
        var location = Entry("location") ?? "";
        var path = Path.GetFullPath(Path.Combine(folder, location));
        if (location.Length == 0 || Path.IsPathRooted(location) || Path.GetDirectoryName(path) != folder || IsLink(path))
        {
            throw new AdoptionException($"External data must be a file beside the network; '{location}' is not.");
        }

        try
        {
            using var stream = File.OpenRead(path);
            var offset = Entry("offset") is { } at ? long.Parse(at, CultureInfo.InvariantCulture) : 0;
            var length = Entry("length") is { } count ? long.Parse(count, CultureInfo.InvariantCulture) : stream.Length - offset;
            total += length;
            if (offset < 0 || length < 0 || offset > stream.Length - length || total > MaxBytes)
            {
                throw new AdoptionException(
                    $"{location} should hold {length} bytes at {offset} for '{tensor.Name}'; it has {stream.Length}, and at most "
                    + $"{MaxBytes} can be read.");
            }

            var bytes = new byte[length];
            stream.Position = offset;
            stream.ReadExactly(bytes);
            tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
            tensor.ExternalData.Clear();
            tensor.ClearDataLocation();
        }
        catch (FileNotFoundException exception)
        {
            throw new AdoptionException($"The network keeps its weights in {location}, which is missing beside it.", exception);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new AdoptionException($"The place of the external data of '{tensor.Name}' is not a number.", exception);
        }
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    private static void WidenTypes(GraphProto outer)
    {
        foreach (var graph in outer.WithInner())
        {
            // Stated shapes of values in between are those of one batch size.
            graph.ValueInfo.Clear();
            foreach (var port in graph.Input.Concat(graph.Output).Where(port => IsHalf(port.Type?.TensorType?.ElemType)))
            {
                port.Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Float;
            }

            foreach (var cast in graph.Node.Where(node => node.OpType == "Cast").SelectMany(node => node.Attribute))
            {
                if (cast.Name == "to" && IsHalf((int)cast.I))
                {
                    cast.I = (long)TensorProto.Types.DataType.Float;
                }
            }
        }
    }

    private static bool IsHalf(int? type) =>
        type is (int)TensorProto.Types.DataType.Float16 or (int)TensorProto.Types.DataType.Bfloat16;
}
