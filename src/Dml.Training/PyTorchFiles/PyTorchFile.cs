using System.Numerics;

namespace Dml.Training.PyTorchFiles;

/// <summary>
/// The tensors of a file that <c>torch.save</c> wrote (.pth, .pt): a dictionary of weights, alone or under a name such as <c>model</c>, or
/// a network that TorchScript saved. Both forms are read, the zip archive and what was written before PyTorch 1.6.
/// </summary>
internal sealed class PyTorchFile : IDisposable
{
    private const int LargestPickle = 64 << 20;
    private const int DeepestNesting = 32;
    private const int MostValues = 1_000_000;
    private const int LongestName = 1024;
    private const long LegacyProtocol = 1001;
    private static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356");

    // Where checkpoints keep the weights beside other things, in the order of preference.
    private static readonly string[] Wrappers = ["state_dict", "model", "model_state_dict", "teacher"];
    private readonly StorageBytes _storages;

    private PyTorchFile(StorageBytes storages, IReadOnlyDictionary<string, PickledTensor> tensors) =>
        (_storages, Tensors) = (storages, tensors);

    /// <summary>Tensors by name.</summary>
    public IReadOnlyDictionary<string, PickledTensor> Tensors { get; }

    /// <summary>Whether a file begins as PyTorch's files do.</summary>
    public static bool Is(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        var read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return read == start.Length && (start.SequenceEqual("PK\x03\x04"u8) || (start[0] == 0x80 && start[1] is >= 2 and <= 5));
    }

    /// <summary>Opens it and reads everything but the elements; they are read from the file when asked for.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or holds more than tensors; the message says what.</exception>
    public static PyTorchFile Open(string path)
    {
        var stream = File.OpenRead(path);
        try
        {
            var first = stream.ReadByte();
            stream.Position = 0;
            return first == 'P' ? OpenZip(stream) : OpenLegacy(stream);
        }
        catch (FormatException e)
        {
            stream.Dispose();
            throw new InvalidDataException($"'{path}' is not a file of weights that PyTorch wrote, or is damaged: {e.Message}.", e);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The elements of one of its tensors, row-major.</summary>
    public byte[] Read(PickledTensor tensor) => tensor.Read(_storages);

    /// <inheritdoc/>
    public void Dispose() => _storages.Dispose();

    private static PyTorchFile OpenZip(FileStream stream)
    {
        var storages = new ZipStorages(stream);
        var unpickler = new Unpickler(new MemoryStream(storages.ReadPickle(LargestPickle), writable: false));
        return Finish(storages, unpickler, unpickler.Load());
    }

    private static PyTorchFile OpenLegacy(FileStream stream)
    {
        var storages = new LegacyStorages(stream);
        var unpickler = new Unpickler(stream);
        if (unpickler.Load() is not BigInteger magic || magic != LegacyMagic || unpickler.Load() is not LegacyProtocol)
        {
            throw new FormatException("it does not begin as torch.save begins a file");
        }

        if (unpickler.Load() is PickledDictionary machine && machine.Entries.Contains(("little_endian", false)))
        {
            throw new FormatException("its numbers are not in little-endian order");
        }

        var root = unpickler.Load();
        if (unpickler.Load() is not List<object?> keys || keys.Any(key => key is not string))
        {
            throw new FormatException("the list of its storages is missing");
        }

        storages.Locate([.. keys.Cast<string>()], unpickler.Storages);
        return Finish(storages, unpickler, root);
    }

    private static PyTorchFile Finish(StorageBytes storages, Unpickler unpickler, object? root)
    {
        foreach (var storage in unpickler.Storages.Values)
        {
            storages.Check(storage);
        }

        var tensors = new Dictionary<string, PickledTensor>(StringComparer.Ordinal);
        var left = MostValues;
        Collect(WeightsOf(root), "", tensors, DeepestNesting, ref left);
        return tensors.Count > 0
            ? new(storages, tensors)
            : throw new FormatException($"it holds no dictionary of tensors{Keys(root)}");
    }

    private static object? WeightsOf(object? root)
    {
        for (var depth = 0; depth < DeepestNesting && root is PickledDictionary dictionary; depth++)
        {
            if (dictionary.Entries.Any(entry => entry is { Key: string, Value: PickledTensor })
                || Wrappers
                    .Select(name => dictionary.Entries.LastOrDefault(entry => entry.Key is string key && key == name).Value)
                    .FirstOrDefault(value => value is PickledDictionary or PickledObject) is not { } inner)
            {
                return dictionary;
            }

            root = inner;
        }

        return root;
    }

    // Attributes of TorchScript's objects are joined by dots, as state_dict() does. The entries of a dictionary are weights or no concern.
    private static void Collect(object? value, string name, Dictionary<string, PickledTensor> tensors, int depth, ref int left)
    {
        if (--left < 0 || depth == 0)
        {
            throw new FormatException($"its values are nested more than {DeepestNesting} deep, or are more than {MostValues}");
        }

        switch (value)
        {
            case PickledTensor tensor:
                tensors[name] = tensor;
                break;
            case PickledDictionary dictionary when name.Length == 0:
                CollectAll(dictionary, name, tensors, depth, ref left);
                break;
            case PickledObject { Attributes: { } attributes }:
                CollectAll(attributes, name, tensors, depth, ref left);
                break;
            default:
                break;
        }
    }

    private static void CollectAll(
        PickledDictionary entries, string name, Dictionary<string, PickledTensor> tensors, int depth, ref int left)
    {
        foreach (var (key, value) in entries.Entries)
        {
            if (key is string { Length: > 0 } text)
            {
                if (name.Length + text.Length > LongestName)
                {
                    throw new FormatException($"the name of a tensor has more than {LongestName} characters");
                }

                Collect(value, name.Length == 0 ? text : $"{name}.{text}", tensors, depth - 1, ref left);
            }
        }
    }

    private static string Keys(object? root) => root is PickledDictionary { Entries: { Count: > 0 } entries }
        ? $"; its entries are {string.Join(", ", entries.Select(entry => entry.Key as string ?? "…").Distinct().Take(8))}"
        : "";
}
