using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Files;

namespace Dml.Training.Weights;

/// <summary>
/// The safetensors format (github.com/huggingface/safetensors): an 8-byte little-endian header length, a JSON header of
/// dtype, shape and data_offsets by name, then the data without holes.
/// </summary>
public static class SafetensorsFile
{
    private const string MetadataName = "__metadata__";
    private const long LongestHeader = 100_000_000;

    /// <summary>Reads all tensors.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is not a safetensors file or is damaged; the message says where.</exception>
    public static SafetensorsContent Load(string path)
    {
        using var stream = File.OpenRead(path);
        var header = ReadHeader(path, stream);
        var start = stream.Position;
        var length = stream.Length - start;
        var tensors = new Dictionary<string, SafetensorsTensor>();
        var metadata = new Dictionary<string, string>();
        var spans = new List<(long Begin, long End)>();
        foreach (var (name, value) in header)
        {
            if (name == MetadataName)
            {
                metadata = Parse(path, name, () => Present(value, "a value").Deserialize<Dictionary<string, string>>()!);
                continue;
            }

            var entry = Parse(path, name, () => ReadEntry(Present(value, "a value").AsObject()));
            var size = SizeInBytes(path, name, entry.Type, entry.Shape);
            if (entry.Begin < 0 || entry.End < entry.Begin || entry.End > length || entry.End - entry.Begin != size)
            {
                throw Damaged(path, $"tensor '{name}' claims bytes {entry.Begin}..{entry.End} of {length}, its type and shape need {size}");
            }

            var data = new byte[size];
            stream.Position = start + entry.Begin;
            stream.ReadExactly(data);
            tensors.Add(name, new SafetensorsTensor(entry.Type, entry.Shape, data));
            spans.Add((entry.Begin, entry.End));
        }

        CheckNoHoles(path, spans, length);
        return new SafetensorsContent(tensors, metadata);
    }

    /// <summary>Writes all tensors, in the order of their names; whole or not at all.</summary>
    public static void Save(string path, SafetensorsContent content)
    {
        var header = new JsonObject { [MetadataName] = JsonSerializer.SerializeToNode(content.Metadata) };
        var ordered = content.Tensors.OrderBy(t => t.Key, StringComparer.Ordinal).ToList();
        long offset = 0;
        foreach (var (name, tensor) in ordered)
        {
            header[name] = new JsonObject
            {
                ["dtype"] = tensor.Type.ToString(),
                ["shape"] = JsonSerializer.SerializeToNode(tensor.Shape),
                ["data_offsets"] = new JsonArray(offset, offset + tensor.Data.Length),
            };
            offset += tensor.Data.Length;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        // The data begins at a multiple of 8 so that a reader may map it; the format pads the header with spaces.
        var padded = (json.Length + 7) / 8 * 8;
        AtomicFile.Write(path, stream =>
        {
            Span<byte> prefix = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, padded);
            stream.Write(prefix);
            stream.Write(json);
            stream.Write("       "u8[..(padded - json.Length)]);
            foreach (var (_, tensor) in ordered)
            {
                stream.Write(tensor.Data);
            }
        });
    }

    private static JsonObject ReadHeader(string path, FileStream stream)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
        {
            throw Damaged(path, $"{stream.Length} bytes are too few for a header length");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader || length > (ulong)(stream.Length - 8))
        {
            throw Damaged(path, $"the header claims {length} bytes, the file has {stream.Length}");
        }

        var json = new byte[length];
        stream.ReadExactly(json);
        return Parse(path, "the header", () => Present(JsonNode.Parse(json), "an object").AsObject());
    }

    private static (SafetensorsType Type, long[] Shape, long Begin, long End) ReadEntry(JsonObject entry)
    {
        var type = Present(entry["dtype"], "dtype").GetValue<string>();
        if (!Enum.TryParse<SafetensorsType>(type, out var known) || known.ToString() != type)
        {
            throw new FormatException($"its type is {type}; readable are {string.Join(", ", Enum.GetNames<SafetensorsType>())}");
        }

        var offsets = Present(entry["data_offsets"], "data_offsets").Deserialize<long[]>()!;
        return (known, Present(entry["shape"], "shape").Deserialize<long[]>()!, offsets[0], offsets[1]);
    }

    // Checked here instead of relying on a NullReferenceException: the runtime raises it from a signal, whose stack is too small on a
    // thread that has computed with AMX tiles (bfloat16 training), and the process would die silently.
    private static JsonNode Present(JsonNode? node, string what) => node ?? throw new FormatException($"it has no {what}");

    private static long SizeInBytes(string path, string name, SafetensorsType type, long[] shape)
    {
        long size = SafetensorsTensor.SizeOf(type);
        foreach (var side in shape)
        {
            if (side < 0 || (side > 0 && size > Array.MaxLength / side))
            {
                throw Damaged(path, $"tensor '{name}' has the impossible shape [{string.Join(", ", shape)}]");
            }

            size *= side;
        }

        return size;
    }

    private static void CheckNoHoles(string path, List<(long Begin, long End)> spans, long length)
    {
        long expected = 0;
        foreach (var (begin, end) in spans.OrderBy(s => s.Begin).ThenBy(s => s.End))
        {
            if (begin != expected)
            {
                throw Damaged(path, $"the data has a hole or an overlap at byte {Math.Min(begin, expected)}");
            }

            expected = end;
        }

        if (expected != length)
        {
            throw Damaged(path, $"the tensors end at byte {expected} of {length}");
        }
    }

    private static T Parse<T>(string path, string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error)
            when (error is JsonException or FormatException or InvalidOperationException or IndexOutOfRangeException or ArgumentException)
        {
            throw new InvalidDataException(
                $"'{path}' is not a safetensors file or is damaged: {what} cannot be read ({error.Message}).", error);
        }
    }

    private static InvalidDataException Damaged(string path, string what) =>
        new($"'{path}' is not a safetensors file or is damaged: {what}.");
}
