namespace Dml.Training.PyTorchFiles;

/// <summary>A run of elements that tensors are views of.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">What the elements are.</param>
/// <param name="Count">How many, as the pickle claims; <see cref="StorageBytes.Check"/> compares it with the file.</param>
internal sealed record PickledStorage(string Key, ElementType Type, long Count)
{
    /// <summary>Bytes of an element.</summary>
    public int ElementSize => Type switch
    {
        ElementType.Double or ElementType.Long => 8,
        ElementType.Float or ElementType.Int => 4,
        ElementType.Half or ElementType.BFloat16 or ElementType.Short => 2,
        _ => 1,
    };
}
