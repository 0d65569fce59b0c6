namespace Dml.Training.PyTorchFiles;

/// <summary>
/// Entries in the order of the file; of two with the same key the later one counts. They are not hashed: keys of a hostile file could be
/// chosen to collide.
/// </summary>
internal sealed class PickledDictionary
{
    public List<(object? Key, object? Value)> Entries { get; } = [];
}
