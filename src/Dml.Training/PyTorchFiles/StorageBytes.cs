namespace Dml.Training.PyTorchFiles;

/// <summary>The storages of an open file.</summary>
internal abstract class StorageBytes : IDisposable
{
    /// <summary>Compares what a pickle claims with what the file holds.</summary>
    /// <exception cref="FormatException">The storage is missing, or of another length.</exception>
    public abstract void Check(PickledStorage storage);

    /// <summary>Reads a part of a storage that was checked.</summary>
    /// <exception cref="InvalidDataException">The part is too large for an array.</exception>
    public byte[] Read(PickledStorage storage, long first, long count)
    {
        if (count > Array.MaxLength)
        {
            throw new InvalidDataException($"A tensor of {count} bytes is too large to be read: {Array.MaxLength} are the most.");
        }

        var bytes = new byte[count];
        Fill(storage, first, bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    private protected abstract void Fill(PickledStorage storage, long first, byte[] bytes);
}
