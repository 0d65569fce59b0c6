namespace Dml.Training.PyTorchFiles;

/// <summary>
/// A class or function that a pickle names. It is never looked up: what it stands for is written in <see cref="Unpickler"/>.
/// </summary>
internal sealed record PickledGlobal(string Module, string Name)
{
    /// <summary>As Python writes it.</summary>
    public string FullName => $"{Module}.{Name}";
}
