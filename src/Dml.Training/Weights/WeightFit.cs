namespace Dml.Training.Weights;

/// <summary>Collects everything that does not fit between a file and a network, so that one message tells all.</summary>
internal sealed class WeightFit(string path)
{
    private const int Shown = 4;
    private readonly List<string> _missing = [];
    private readonly List<string> _unexpected = [];
    private readonly List<string> _shapes = [];

    internal void Missing(string name) => _missing.Add(name);

    internal void Unexpected(IEnumerable<string> names) => _unexpected.AddRange(names);

    internal void Shape(string name, long[] inFile, long[] inNetwork)
    {
        if (!inFile.SequenceEqual(inNetwork))
        {
            _shapes.Add($"{name} is [{string.Join(", ", inFile)}] in the file and [{string.Join(", ", inNetwork)}] in the network");
        }
    }

    /// <exception cref="InvalidDataException">Anything does not fit.</exception>
    internal void Throw(bool nothingFound)
    {
        if (nothingFound)
        {
            throw new InvalidDataException($"'{path}' holds no tensor that this backbone has a place for: it belongs to another network.");
        }

        string[] faults = [Count("missing", _missing), Count("not the network's", _unexpected), Count("of another shape", _shapes)];
        if (faults.Any(f => f.Length > 0))
        {
            throw new InvalidDataException(
                $"'{path}' was made for another network or other options; nothing was loaded. "
                    + $"{string.Join(" ", faults.Where(f => f.Length > 0))}");
        }
    }

    private static string Count(string what, List<string> names)
    {
        if (names.Count == 0)
        {
            return "";
        }

        var separator = names[0].Contains(' ', StringComparison.Ordinal) ? "; " : ", ";
        var more = names.Count > Shown ? $" and {names.Count - Shown} more" : "";
        return $"Tensors {what}: {string.Join(separator, names.Take(Shown))}{more}.";
    }
}
