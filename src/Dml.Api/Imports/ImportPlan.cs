namespace Dml.Api.Imports;

/// <summary>The files of an import, of which the last of each path counts.</summary>
/// <typeparam name="T">What a file is read from.</typeparam>
internal sealed class ImportPlan<T>
{
    private readonly List<(ImportPath Path, T From, string? Problem)?> _files = [];
    private readonly Dictionary<ImportPath, int> _places = [];

    /// <summary>Number of hidden files.</summary>
    public int Hidden { get; set; }

    /// <summary>Number of files that a later one took the place of.</summary>
    public int Superseded { get; private set; }

    /// <summary>Number of files that are left.</summary>
    public int Count => _files.Count - Superseded;

    /// <summary>The files that are left, in their order.</summary>
    public IEnumerable<(ImportPath Path, T From, string? Problem)> Files => _files.OfType<(ImportPath, T, string?)>();

    /// <summary>Adds a file, and a problem if it cannot be read.</summary>
    public void Add(ImportPath path, T from, string? problem)
    {
        if (path.IsHidden)
        {
            Hidden++;
            return;
        }

        // A path that is refused is not a name that another file could have.
        if (path.Problem is null)
        {
            if (_places.TryGetValue(path, out var earlier))
            {
                _files[earlier] = null;
                Superseded++;
            }

            _places[path] = _files.Count;
        }

        _files.Add((path, from, path.Problem ?? problem));
    }
}
