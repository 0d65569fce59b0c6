using System.Buffers.Binary;

namespace Dml.Training.PyTorchFiles;

/// <summary>
/// The storages of a file before PyTorch 1.6: behind the pickles, one after the other, each with its number of elements in front.
/// </summary>
internal sealed class LegacyStorages(FileStream stream) : StorageBytes
{
    private readonly Dictionary<string, long> _starts = new(StringComparer.Ordinal);

    /// <summary>Finds every storage, from the stream's position on.</summary>
    /// <param name="keys">In the order of the file.</param>
    /// <param name="claimed">What the pickle says of each.</param>
    /// <exception cref="FormatException">The file ends early, or holds something else.</exception>
    public void Locate(IReadOnlyList<string> keys, IReadOnlyDictionary<string, PickledStorage> claimed)
    {
        Span<byte> prefix = stackalloc byte[sizeof(long)];
        foreach (var key in keys)
        {
            if (!claimed.TryGetValue(key, out var storage) || _starts.ContainsKey(key))
            {
                throw new FormatException($"storage '{key}' belongs to no tensor, or is there twice");
            }

            var left = stream.Length - stream.Position;
            if (left < prefix.Length)
            {
                throw new FormatException($"the file ends before storage '{key}'");
            }

            stream.ReadExactly(prefix);
            var count = BinaryPrimitives.ReadInt64LittleEndian(prefix);
            if (count != storage.Count || count < 0 || (Int128)count * storage.ElementSize > left - prefix.Length)
            {
                throw new FormatException(
                    $"storage '{key}' claims {storage.Count} elements of {storage.ElementSize} bytes; the file says {count} and has "
                        + $"{left - prefix.Length} bytes left");
            }

            _starts.Add(key, stream.Position);
            stream.Position += count * storage.ElementSize;
        }
    }

    /// <inheritdoc/>
    public override void Check(PickledStorage storage)
    {
        if (!_starts.ContainsKey(storage.Key))
        {
            throw new FormatException($"storage '{storage.Key}' is missing");
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => stream.Dispose();

    private protected override void Fill(PickledStorage storage, long first, byte[] bytes)
    {
        stream.Position = _starts[storage.Key] + first;
        stream.ReadExactly(bytes);
    }
}
