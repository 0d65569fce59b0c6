namespace Dml.Training.Weights;

/// <summary>
/// The tensors of a published file by one spelling of their names: <c>_</c> for the <c>.</c> of PyTorch and the <c>/</c> of Caffe,
/// which some converters write themselves, and without the prefix that training scripts add.
/// </summary>
internal sealed class PublishedNames
{
    private static readonly string[] Wrappers = ["module.", "model.", "backbone."];
    private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">Two names of the file mean the same tensor.</exception>
    internal PublishedNames(IEnumerable<string> names, string path)
    {
        foreach (var name in names)
        {
            if (!_sources.TryAdd(Spell(Unwrap(name)), name))
            {
                throw new InvalidDataException(
                    $"'{path}' holds '{name}' and '{_sources[Spell(Unwrap(name))]}', which are the same tensor: remove one.");
            }
        }
    }

    /// <summary>The file's name for a tensor of the network, or null.</summary>
    internal string? Find(string name) => _sources.GetValueOrDefault(Spell(name));

    /// <summary>Whether a name of the file begins with one of these, in this class's spelling.</summary>
    internal static bool Begins(string name, IReadOnlyList<string> beginnings) =>
        beginnings.Any(b => Spell(Unwrap(name)).StartsWith(b, StringComparison.Ordinal));

    private static string Spell(string name) => name.Replace('.', '_').Replace('/', '_');

    private static string Unwrap(string name)
    {
        foreach (var wrapper in Wrappers.Where(w => name.StartsWith(w, StringComparison.Ordinal)))
        {
            name = name[wrapper.Length..];
        }

        return name;
    }
}
