using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Dml.Files;

namespace Dml.Training.Data;

/// <summary>
/// One feature a picture, in memory. A file keeps them for the next run: a frozen backbone gives the same every time.
/// </summary>
public sealed class FeatureTable
{
    private const int RowsAtOnce = 1024;
    private static readonly byte[] Magic = "dmlfeat1"u8.ToArray();
    private readonly float[] _values;

    private FeatureTable(float[] values, int dimension) => (_values, Dimension) = (values, dimension);

    /// <summary>Features, in the order of the pictures.</summary>
    public int Count => _values.Length / Dimension;

    /// <summary>Length of a feature.</summary>
    public int Dimension { get; }

    /// <summary>The features of neighbouring pictures, end to end.</summary>
    /// <param name="first">In [0, Count).</param>
    /// <param name="count">How many.</param>
    public ReadOnlySpan<float> Rows(int first, int count) => _values.AsSpan(first * Dimension, count * Dimension);

    /// <summary>Reads the file of these features, or computes them and writes it.</summary>
    /// <param name="folder">Folder of the files; created when missing.</param>
    /// <param name="key">All that the features follow from: pictures, weights, preprocessing.</param>
    /// <param name="count">Pictures.</param>
    /// <param name="dimension">Length of a feature.</param>
    /// <param name="compute">Gives [count, dimension], row-major.</param>
    /// <exception cref="IOException">The file cannot be written; what was there before is untouched.</exception>
    public static FeatureTable Open(string folder, string key, int count, int dimension, Func<float[]> compute)
    {
        ArgumentNullException.ThrowIfNull(compute);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        var path = Path.Combine(folder, $"{Convert.ToHexStringLower(hash)[..16]}.features");
        byte[] header = [.. Magic, .. hash];
        if (Read(path, header, count, dimension) is { } kept)
        {
            return new(kept, dimension);
        }

        var values = compute();
        if (values.Length != count * dimension)
        {
            throw new ArgumentException($"Expected {count} features of length {dimension}, got {values.Length} numbers.", nameof(compute));
        }

        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            for (var first = 0; first < count; first += RowsAtOnce)
            {
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan(first * dimension, Math.Min(RowsAtOnce, count - first) * dimension)));
            }
        });
        return new(values, dimension);
    }

    // Null when there is no complete file with this key.
    private static float[]? Read(string path, byte[] header, int count, int dimension)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != header.Length + ((long)count * dimension * sizeof(float)))
        {
            return null;
        }

        using var stream = File.OpenRead(path);
        var found = new byte[header.Length];
        stream.ReadExactly(found);
        if (!found.AsSpan().SequenceEqual(header))
        {
            return null;
        }

        var values = new float[count * dimension];
        for (var first = 0; first < count; first += RowsAtOnce)
        {
            stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan(first * dimension, Math.Min(RowsAtOnce, count - first) * dimension)));
        }

        return values;
    }
}
