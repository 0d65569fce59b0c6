using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Dml.Training.PyTorchFiles;

/// <summary>
/// Reads pickles of tensors (the format: Python's <c>pickletools</c>). A pickle is a program whose instructions can call anything that
/// Python can import. This machine knows the instructions that PyTorch writes, and a short list of names that stand for values; it refuses
/// every other instruction and name, so a file can make it build dictionaries of tensors and nothing else. Its work is bounded, whatever a
/// file claims.
/// </summary>
internal sealed class Unpickler(Stream stream)
{
    // A hundred instructions make a tensor; every one of them may make an object.
    private const int MostInstructions = 2_000_000;
    private const int LongestText = 1 << 16;
    private const long MostText = 64 << 20;
    private const int LongestNumber = 16;
    private const int LongestName = 1024;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly object Mark = new();
    private readonly byte[] _buffer = new byte[8];
    private readonly Dictionary<string, PickledStorage> _storages = new(StringComparer.Ordinal);
    private List<object?> _stack = [];
    private Dictionary<uint, object?> _memo = [];
    private int _instructions;
    private long _text;

    /// <summary>The storages that the pickles named, by key.</summary>
    public IReadOnlyDictionary<string, PickledStorage> Storages => _storages;

    /// <summary>Reads the pickle at the stream's position, up to its end.</summary>
    /// <exception cref="FormatException">It is damaged, or asks for something that is not allowed; the message names it.</exception>
    public object? Load()
    {
        (_stack, _memo) = ([], []);
        while (true)
        {
            Count(1);
            var instruction = (char)Byte();
            if (instruction == '.')
            {
                return Pop();
            }

            Execute(instruction);
        }
    }

    private void Count(int instructions)
    {
        if ((_instructions += instructions) > MostInstructions)
        {
            throw new FormatException($"its pickle has more than {MostInstructions} instructions");
        }
    }

    private void Execute(char instruction)
    {
        switch (instruction)
        {
            case '\x80' or '\x95':
                // The protocol's version and the length of a frame: nothing depends on them.
                Skip(instruction == '\x80' ? 1 : 8);
                break;
            case '(':
                Push(Mark);
                break;
            case '0':
                Pop();
                break;
            case 'N':
                Push(null);
                break;
            case '\x88' or '\x89':
                Push(instruction == '\x88');
                break;
            case 'K' or 'M' or 'J':
                Push(instruction switch { 'K' => Byte(), 'M' => UInt16(), _ => (long)(int)UInt32() });
                break;
            case '\x8a':
                PushNumber(Byte());
                break;
            case 'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8)));
                break;
            case 'X' or 'T' or '\x8c' or 'U':
                Push(Text(instruction is 'X' or 'T' ? UInt32() : Byte()));
                break;
            case 'q' or 'r' or '\x94':
                _memo[instruction switch { 'q' => Byte(), 'r' => UInt32(), _ => (uint)_memo.Count }] = Top();
                break;
            case 'h' or 'j':
                var number = instruction == 'h' ? Byte() : UInt32();
                Push(_memo.TryGetValue(number, out var kept) ? kept : throw new FormatException($"its pickle never set value {number}"));
                break;
            default:
                Build(instruction);
                break;
        }
    }

    private void Build(char instruction)
    {
        switch (instruction)
        {
            case ')' or '\x85' or '\x86' or '\x87':
                var count = instruction == ')' ? 0 : instruction - '\x84';
                var tuple = new object?[count];
                for (var i = count - 1; i >= 0; i--)
                {
                    tuple[i] = Pop();
                }

                Push(tuple);
                break;
            case 't':
                Push(PopToMark());
                break;
            case ']':
                Push(new List<object?>());
                break;
            case 'l':
                Push(new List<object?>(PopToMark()));
                break;
            case '}':
                Push(new PickledDictionary());
                break;
            case 'd':
                var entries = PopToMark();
                Push(Filled(new PickledDictionary(), entries));
                break;
            case 'a':
                var element = Pop();
                Top<List<object?>>("a list").Add(element);
                break;
            case 'e':
                var elements = PopToMark();
                Top<List<object?>>("a list").AddRange(elements);
                break;
            case 's':
                var value = Pop();
                var key = Pop();
                Filled(Top<PickledDictionary>("a dictionary"), [key, value]);
                break;
            case 'u':
                var pairs = PopToMark();
                Filled(Top<PickledDictionary>("a dictionary"), pairs);
                break;
            case 'c':
                Push(Global(Line(), Line()));
                break;
            case '\x93':
                var name = Pop<string>("a name");
                Push(Global(Pop<string>("a module"), name));
                break;
            case 'R' or '\x81':
                var arguments = Pop<object?[]>("arguments");
                Push(Call(Pop<PickledGlobal>("a class or function"), arguments));
                break;
            case 'b':
                var state = Pop();
                SetState(Top(), state);
                break;
            case 'Q':
                Push(Storage(Pop<object?[]>("a storage")));
                break;
            default:
                throw new FormatException($"its pickle has the instruction 0x{(int)instruction:x2}, which weights do not need");
        }
    }

    private static PickledGlobal Global(string module, string name)
    {
        var global = new PickledGlobal(module, name);
        return IsKnown(global)
            ? global
            : throw new FormatException(
                $"it asks for '{global.FullName}'. Only tensors in dictionaries are read, and nothing in a file is ever run. Save the "
                    + $"weights alone (torch.save(model.state_dict(), …)), or as safetensors");
    }

    private static bool IsKnown(PickledGlobal global) =>
        IsGenerated(global) || TypeOf(global) is not null || global.FullName is "collections.OrderedDict" or "torch.Size"
            or "torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_parameter"
            or "torch.jit._pickle.build_intlist" or "torch.jit._pickle.build_doublelist" or "torch.jit._pickle.build_boollist"
            or "torch.jit._pickle.build_tensorlist" or "torch.jit._pickle.restore_type_tag";

    // Classes that TorchScript made from a network; only their attributes are read.
    private static bool IsGenerated(PickledGlobal global) =>
        global.Module == "__torch__" || global.Module.StartsWith("__torch__.", StringComparison.Ordinal);

    private static ElementType? TypeOf(PickledGlobal global) =>
        global.Module == "torch" && global.Name.EndsWith("Storage", StringComparison.Ordinal)
        && Enum.TryParse<ElementType>(global.Name[..^"Storage".Length], out var type) && global.Name == type + "Storage"
            ? type
            : null;

    private object? Call(PickledGlobal function, object?[] arguments) => function.FullName switch
    {
        _ when IsGenerated(function) && arguments is [] => new PickledObject(),
        "collections.OrderedDict" when arguments is [] => new PickledDictionary(),
        "collections.OrderedDict" when arguments is [List<object?> pairs] => OfPairs(pairs),
        "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor"
            when arguments is [PickledStorage storage, long offset, object?[] shape, object?[] strides, ..] =>
            PickledTensor.Of(storage, offset, Numbers(shape), Numbers(strides)),
        "torch._utils._rebuild_parameter" when arguments is [PickledTensor tensor, ..] => tensor,
        "torch.Size" or "torch.jit._pickle.build_intlist" or "torch.jit._pickle.build_doublelist" or "torch.jit._pickle.build_boollist"
            or "torch.jit._pickle.build_tensorlist" when arguments is [var values] => values,
        "torch.jit._pickle.restore_type_tag" when arguments is [var tagged, _] => tagged,
        _ => throw new FormatException($"its pickle calls '{function.FullName}' with {arguments.Length} arguments that do not fit"),
    };

    private PickledDictionary OfPairs(List<object?> pairs)
    {
        // Copied as often as a file asks for it.
        Count(pairs.Count);
        var dictionary = new PickledDictionary();
        foreach (var pair in pairs)
        {
            dictionary.Entries.Add(pair switch
            {
                object?[] and [var key, var value] => (key, value),
                List<object?> and [var key, var value] => (key, value),
                _ => throw new FormatException("its pickle makes a dictionary of something that is not a pair"),
            });
        }

        return dictionary;
    }

    private PickledStorage Storage(object?[] description)
    {
        // Before PyTorch 1.6 a sixth entry told of a storage inside another one; none does since 0.4.
        if (description is not ["storage", PickledGlobal type, string key, string, long count, ..]
            || description.Skip(5).Any(value => value is not null) || count < 0)
        {
            throw new FormatException("its pickle describes a storage in a form that is not known");
        }

        var storage = new PickledStorage(
            key, TypeOf(type) ?? throw new FormatException($"'{type.FullName}' is not a storage that is known"), count);
        if (_storages.TryGetValue(key, out var known) && known != storage)
        {
            throw new FormatException($"storage '{key}' is described in two ways");
        }

        return _storages[key] = storage;
    }

    private static void SetState(object? target, object? state)
    {
        switch (target, state)
        {
            case (PickledObject { Attributes: null } instance, PickledDictionary attributes):
                instance.Attributes = attributes;
                break;
            // What PyTorch notes about a dictionary of weights.
            case (PickledDictionary, PickledDictionary):
                break;
            default:
                throw new FormatException("its pickle gives a state to something that has none");
        }
    }

    private static PickledDictionary Filled(PickledDictionary dictionary, object?[] entries)
    {
        if (entries.Length % 2 != 0)
        {
            throw new FormatException("its pickle has a key without a value");
        }

        for (var i = 0; i < entries.Length; i += 2)
        {
            dictionary.Entries.Add((entries[i], entries[i + 1]));
        }

        return dictionary;
    }

    private static long[] Numbers(object?[] values) => values.Length <= PickledTensor.MostDimensions
        ? [.. values.Select(value => value is long number ? number : throw new FormatException("a tensor has a size that is not a number"))]
        : throw new FormatException($"a tensor has {values.Length} dimensions; {PickledTensor.MostDimensions} are the most");

    private void Push(object? value) => _stack.Add(value);

    private object? Top() => _stack.Count > 0 ? _stack[^1] : throw new FormatException("its pickle takes a value that it did not make");

    private T Top<T>(string expected) => Top() is T value ? value : throw new FormatException($"its pickle lacks {expected}");

    private object? Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private T Pop<T>(string expected) => Pop() is T value ? value : throw new FormatException($"its pickle lacks {expected}");

    private object?[] PopToMark()
    {
        var mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
        {
            throw new FormatException("its pickle closes a list that it did not open");
        }

        var values = _stack[(mark + 1)..].ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private void PushNumber(int length)
    {
        if (length > LongestNumber)
        {
            throw new FormatException($"its pickle has a number of {length} bytes");
        }

        var bytes = new byte[length];
        Fill(bytes);
        var value = new BigInteger(bytes);
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            Push((long)value);
        }
        else
        {
            Push(value);
        }
    }

    private string Text(uint length)
    {
        if (length > LongestText || (_text += length) > MostText)
        {
            throw new FormatException($"its pickle has a text of {length} bytes, or more than {MostText} of text altogether");
        }

        var bytes = new byte[length];
        Fill(bytes);
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("its pickle has a text that is not UTF-8", e);
        }
    }

    private string Line()
    {
        var line = new StringBuilder();
        for (var next = Byte(); next != '\n'; next = Byte())
        {
            if (line.Length == LongestName)
            {
                throw new FormatException("its pickle has a name without an end");
            }

            line.Append((char)next);
        }

        return line.ToString();
    }

    private byte Byte() => Bytes(1)[0];

    private uint UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    private void Skip(int count) => Bytes(count);

    private ReadOnlySpan<byte> Bytes(int count)
    {
        Fill(_buffer.AsSpan(0, count));
        return _buffer.AsSpan(0, count);
    }

    private void Fill(Span<byte> bytes)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw new FormatException("its pickle ends early");
        }
    }
}
