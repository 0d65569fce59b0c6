namespace Dml.Onnx;

/// <summary>
/// Finds a network inside a larger one by its structure: the same operators reading each other in the same way, from a result back to the
/// picture, with constants and windows of the same sizes. Names play no part. Other attributes are not compared: whoever uses a match
/// checks that both compute the same.
/// </summary>
public sealed class GraphMatch
{
    private readonly Side _wanted;
    private readonly Side _file;
    private readonly Dictionary<(string Wanted, string File), bool> _fits = [];
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);

    private GraphMatch(GraphProto wanted, GraphProto file) => (_wanted, _file) = (new(wanted), new(file));

    /// <summary>Name of the wanted network's result in the file.</summary>
    public string Output { get; private set; } = "";

    /// <summary>Name of its input there.</summary>
    public string Input { get; private set; } = "";

    /// <summary>For every constant that the wanted network reads, the one in its place in the file.</summary>
    public IReadOnlyDictionary<string, string> Constants => _constants;

    /// <summary>Looks for the network.</summary>
    /// <param name="wanted">The network.</param>
    /// <param name="output">Name of its result.</param>
    /// <param name="file">Where to look; of several places the last is taken.</param>
    /// <returns>Null where it is not there.</returns>
    public static GraphMatch? Find(GraphProto wanted, string output, GraphProto file)
    {
        var match = new GraphMatch(wanted, file);
        if (file.Node.SelectMany(node => node.Output).LastOrDefault(value => match.Fits(output, value)) is not { } found)
        {
            return null;
        }

        match.Output = found;
        match.Bind(output, found);
        return match;
    }

    private bool Fits(string wanted, string file)
    {
        if (_fits.TryGetValue((wanted, file), out var known))
        {
            return known;
        }

        // A file whose nodes run in a circle fits nothing.
        _fits[(wanted, file)] = false;
        return _fits[(wanted, file)] = Compare(wanted, file);
    }

    private bool Compare(string wanted, string file)
    {
        if (_wanted.Constants.TryGetValue(wanted, out var constant))
        {
            return _file.Constants.TryGetValue(file, out var other) && HaveOneSize(constant, other);
        }

        if (!_wanted.Producers.TryGetValue(wanted, out var node))
        {
            return _file.IsInput(file);
        }

        return _file.Producers.TryGetValue(file, out var found)
            && node.OpType == found.OpType
            && node.Input.Count == found.Input.Count
            && node.Output.IndexOf(wanted) == found.Output.IndexOf(file)
            && HaveOneWindow(node, found)
            && (InOrder(node, found) || Reversed(node, found));
    }

    private bool InOrder(NodeProto node, NodeProto found) => node.Input.Zip(found.Input).All(pair => Fits(pair.First, pair.Second));

    private bool Reversed(NodeProto node, NodeProto found) =>
        node.OpType is "Add" or "Mul" && node.Input.Zip(found.Input.Reverse()).All(pair => Fits(pair.First, pair.Second));

    private void Bind(string wanted, string file)
    {
        var open = new Stack<(string Wanted, string File)>([(wanted, file)]);
        var seen = new HashSet<(string, string)>();
        while (open.TryPop(out var pair))
        {
            if (!seen.Add(pair))
            {
                continue;
            }

            if (_wanted.Constants.ContainsKey(pair.Wanted))
            {
                _constants[pair.Wanted] = pair.File;
            }
            else if (!_wanted.Producers.TryGetValue(pair.Wanted, out var node))
            {
                Input = pair.File;
            }
            else
            {
                var found = _file.Producers[pair.File];
                var inputs = InOrder(node, found) ? found.Input : found.Input.Reverse();
                foreach (var next in node.Input.Zip(inputs))
                {
                    open.Push(next);
                }
            }
        }
    }

    // Of the padding the beginning counts: at the end some exporters leave out what no window reaches.
    private static bool HaveOneWindow(NodeProto wanted, NodeProto file)
    {
        if (wanted.OpType is not ("Conv" or "MaxPool" or "AveragePool"))
        {
            return true;
        }

        var (padding, others) = (Numbers(wanted, "pads", 0), Numbers(file, "pads", 0));
        return Numbers(wanted, "strides", 1).SequenceEqual(Numbers(file, "strides", 1))
            && Numbers(file, "dilations", 1).All(step => step == 1)
            && (wanted.OpType == "Conv" || Numbers(wanted, "kernel_shape", 1).SequenceEqual(Numbers(file, "kernel_shape", 1)))
            && padding.Length == others.Length
            && padding.Take(padding.Length / 2).SequenceEqual(others.Take(padding.Length / 2))
            && padding.Zip(others).All(pair => pair.Second >= 0 && pair.Second <= pair.First);
    }

    // Of two dimensions; the padding has a beginning and an end for each.
    private static long[] Numbers(NodeProto node, string attribute, long usual) =>
        node.Attribute.FirstOrDefault(given => given.Name == attribute)?.Ints.ToArray()
        ?? [.. Enumerable.Repeat(usual, attribute == "pads" ? 4 : 2)];

    private static bool HaveOneSize(TensorProto wanted, TensorProto file)
    {
        if (wanted.DataType == (int)TensorProto.Types.DataType.Float)
        {
            return file.DataType == wanted.DataType && Count(wanted) == Count(file)
                && (wanted.Dims.Count <= 1 || wanted.Dims.SequenceEqual(file.Dims));
        }

        return wanted.Longs() is { } sizes && file.Longs() is { } otherSizes && sizes.SequenceEqual(otherSizes);
    }

    // Of the floats that are there; the sizes may claim more.
    private static int Count(TensorProto tensor) => tensor.HasRawData ? tensor.RawData.Length / sizeof(float) : tensor.FloatData.Count;

    private sealed class Side
    {
        private readonly HashSet<string> _inputs;

        internal Side(GraphProto graph)
        {
            Constants = graph.Constants();
            _inputs = graph.Input.Select(port => port.Name).Where(name => !Constants.ContainsKey(name)).ToHashSet(StringComparer.Ordinal);
            foreach (var node in graph.Node)
            {
                foreach (var output in node.Output)
                {
                    Producers[output] = node;
                }
            }
        }

        internal Dictionary<string, TensorProto> Constants { get; }

        internal Dictionary<string, NodeProto> Producers { get; } = new(StringComparer.Ordinal);

        internal bool IsInput(string name) => _inputs.Contains(name);
    }
}
