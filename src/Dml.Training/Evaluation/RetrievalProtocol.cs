using System.Globalization;
using System.Numerics;
using Dml.Training.Data;

namespace Dml.Training.Evaluation;

/// <summary>
/// Which pictures are queries, which form the gallery, and which answers are relevant. A picture is left out of its own ranking by index: a
/// duplicate of it still counts.
/// </summary>
public sealed class RetrievalProtocol
{
    /// <summary>The attribute that holds a picture's camera: where every query has one, same-camera answers are left out.</summary>
    public const string CameraAttribute = "camera";

    private readonly int[] _classes;
    private readonly int[]? _cameras;
    // One bit per label and picture; null where every picture has exactly one label, its class.
    private readonly ulong[]? _labelBits;
    private readonly int _wordsPerPicture;

    private RetrievalProtocol(int[] classes, int[] queries, int[] gallery, int[]? cameras, ulong[]? labelBits)
    {
        (_classes, _cameras, _labelBits) = (classes, cameras, labelBits);
        (Queries, Gallery) = (queries, gallery);
        _wordsPerPicture = labelBits is null ? 0 : labelBits.Length / classes.Length;
    }

    /// <summary>Rows of the queries.</summary>
    public IReadOnlyList<int> Queries { get; }

    /// <summary>Rows of the gallery.</summary>
    public IReadOnlyList<int> Gallery { get; }

    /// <summary>Number of pictures, queries and gallery together.</summary>
    public int Pictures => _classes.Length;

    /// <summary>Whether every picture is a query against all others.</summary>
    public bool IsSelfRetrieval => Queries.Count == Pictures && Gallery.Count == Pictures;

    /// <summary>Whether pictures have several labels; relevance is then the number of labels they share.</summary>
    public bool IsMultiLabel => _labelBits is not null;

    /// <summary>In words, for tables.</summary>
    public string Description =>
        (
            IsSelfRetrieval
                ? "every picture against all others"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Queries.Count} {(Queries.Count == 1 ? "query" : "queries")} against a gallery of {Gallery.Count}"))
        + (_cameras is null ? "" : ", answers of the query's class and camera left out")
        + (IsMultiLabel ? ", relevant as far as labels are shared" : "");

    /// <summary>From the pictures themselves: their roles, their labels and, for re-identification, their cameras.</summary>
    /// <exception cref="ArgumentException">There is no query or no gallery.</exception>
    public static RetrievalProtocol Of(IReadOnlyList<LabelledPicture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var numbers = Numbers(pictures.Select(p => p.Class));
        int[] Rows(PictureRole other) => [.. Enumerable.Range(0, pictures.Count).Where(i => pictures[i].Role != other)];
        var (queries, gallery) = (Rows(PictureRole.Gallery), Rows(PictureRole.Query));
        if (queries.Length == 0 || gallery.Length == 0)
        {
            throw new ArgumentException(
                $"Expected queries and a gallery; got {queries.Length} queries and a gallery of {gallery.Length}.",
                nameof(pictures));
        }

        return new([.. pictures.Select(p => numbers[p.Class])], queries, gallery, Cameras(pictures, queries), LabelBits(pictures));
    }

    /// <summary>A picture's class: what a mean over classes groups queries by.</summary>
    internal int ClassOf(int row) => _classes[row];

    /// <summary>Whether the protocol takes a row out of a query's ranking.</summary>
    internal bool IsLeftOut(int query, int row)
        => row == query || (_cameras is not null && _cameras[row] == _cameras[query] && _classes[row] == _classes[query]);

    /// <summary>How relevant a row is to a query: 0 is not, 1 where the class is the same, or the number of shared labels.</summary>
    internal int Grade(int query, int row)
    {
        if (_labelBits is null)
        {
            return _classes[query] == _classes[row] ? 1 : 0;
        }

        var shared = 0;
        for (var word = 0; word < _wordsPerPicture; word++)
        {
            shared += BitOperations.PopCount(_labelBits[query * _wordsPerPicture + word] & _labelBits[row * _wordsPerPicture + word]);
        }

        return shared;
    }

    private static int[]? Cameras(IReadOnlyList<LabelledPicture> pictures, int[] queries)
    {
        if (!queries.All(q => pictures[q].Attributes.ContainsKey(CameraAttribute)))
        {
            return null;
        }

        string CameraOf(LabelledPicture picture) => picture.Attributes.GetValueOrDefault(CameraAttribute, "");
        var numbers = Numbers(pictures.Select(CameraOf));
        return [.. pictures.Select(p => numbers[CameraOf(p)])];
    }

    private static ulong[]? LabelBits(IReadOnlyList<LabelledPicture> pictures)
    {
        if (pictures.All(p => p.Labels.Count == 0))
        {
            return null;
        }

        static IReadOnlyList<string> LabelsOf(LabelledPicture picture) => picture.Labels.Count == 0 ? [picture.Class] : picture.Labels;
        var numbers = Numbers(pictures.SelectMany(LabelsOf));
        var words = (numbers.Count + 63) / 64;
        var bits = new ulong[pictures.Count * words];
        for (var i = 0; i < pictures.Count; i++)
        {
            foreach (var number in LabelsOf(pictures[i]).Select(label => numbers[label]))
            {
                bits[i * words + number / 64] |= 1UL << (number % 64);
            }
        }

        return bits;
    }

    private static Dictionary<string, int> Numbers(IEnumerable<string> names)
        => names.Distinct().Order(StringComparer.Ordinal).Select((name, i) => (name, i)).ToDictionary(StringComparer.Ordinal);
}
