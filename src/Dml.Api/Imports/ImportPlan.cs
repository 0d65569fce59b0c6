namespace Dml.Api.Imports;

/// <summary>The files of an import, of which the last of each path counts.</summary>
/// <typeparam name="T">What a file is read from.</typeparam>
internal sealed class ImportPlan<T>
{
    /// <summary>The most that paths and problems may have together, so that memory is bounded: a million paths of usual length.</summary>
    public const int MostCharacters = 128 << 20;

    private readonly List<(ImportPath Path, T From, string? Problem)?> _files = [];
    private readonly Dictionary<ImportPath, int> _places = [];
    private long _characters;

    /// <summary>Whether no more files should be added.</summary>
    public bool IsFull => _characters > MostCharacters;

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
        problem = path.Problem ?? problem;
        // Those that are hidden or superseded too: the caller may still have their paths.
        _characters += path.Text.Length + (problem?.Length ?? 0);
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

        _files.Add((path, from, problem));
    }
}
