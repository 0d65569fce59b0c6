using System.Numerics.Tensors;
using System.Text.Json;
using Dml.Files;

namespace Dml.Training.Labels;

/// <summary>
/// Classes known by the mean direction of a few embeddings, added without training (H. Qi, M. Brown, D. Lowe, "Low-Shot Learning with
/// Imprinted Weights", CVPR 2018, arXiv 1712.07136). Kept in the embedder's folder as sums and counts, so that pictures can be added to a
/// class; belongs to one embedder by its fingerprint.
/// </summary>
internal sealed class LabelHead
{
    public const string FileName = "label-head.json";

    // A sum of unit vectors that is shorter than this per vector has no direction.
    private const float NoDirection = 1e-6f;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };
    private readonly string _path;
    private readonly LabelHeadFile _file;

    private LabelHead(string path, LabelHeadFile file) => (_path, _file) = (path, file);

    /// <summary>The head of an embedder; one without classes where the folder has none yet.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or belongs to another embedder.</exception>
    public static LabelHead Open(string folder, string fingerprint, int dimension)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return new(path, new() { Fingerprint = fingerprint, Dimension = dimension });
        }

        var file = Read(path);
        if (file.Fingerprint != fingerprint)
        {
            throw new InvalidDataException(
                $"{path} belongs to another embedder (fingerprint {file.Fingerprint}, not {fingerprint}). Delete it and imprint its "
                    + $"classes again.");
        }

        return
            file.Dimension == dimension
            && file.Classes.All(c => c.Sum.Length == dimension && c.Count > 0 && (c.First is null || c.First.Length == dimension))
            ? new(path, file)
            : throw new InvalidDataException(
                $"{path} is damaged: expected sums of {dimension} numbers and counts from 1. Delete it and imprint its classes again.");
    }

    /// <summary>The classes in the order of their first imprinting, with the number of pictures of each.</summary>
    public IEnumerable<(string Name, int Count)> Classes => _file.Classes.Select(c => (c.Name, c.Count));

    /// <summary>Adds pictures to a class, or a class.</summary>
    /// <param name="name">The class.</param>
    /// <param name="vectors">Unit vectors of its pictures, at least one.</param>
    /// <returns>False where they cancel each other out, so that only the first one is used.</returns>
    public bool Imprint(string name, IReadOnlyList<float[]> vectors)
    {
        var entry = _file.Classes.Find(c => c.Name == name);
        if (entry is null)
        {
            entry = new() { Name = name, Sum = new float[_file.Dimension] };
            _file.Classes.Add(entry);
        }

        foreach (var vector in vectors)
        {
            TensorPrimitives.Add(entry.Sum, vector, entry.Sum);
            entry.Count++;
        }

        var points = TensorPrimitives.Norm<float>(entry.Sum) > NoDirection * entry.Count;
        entry.First = points ? null : entry.First ?? vectors[0];
        return points;
    }

    /// <summary>The classes by the cosine of their direction with a unit vector, nearest first.</summary>
    public IReadOnlyList<(string Name, float Cosine)> Nearest(float[] vector, int count) =>
        [
            .. _file
                .Classes.Select(c => (c.Name, TensorPrimitives.CosineSimilarity<float>(vector, c.First ?? c.Sum)))
                .OrderByDescending(pair => pair.Item2)
                .Take(count),
        ];

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Save() => AtomicFile.Write(_path, stream => JsonSerializer.Serialize(stream, _file, Json));

    private static LabelHeadFile Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<LabelHeadFile>(stream, Json) ?? throw new JsonException("it holds null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message} Delete it and imprint its classes again.", e);
        }
    }
}
