namespace Dml.Training.PyTorchFiles;

/// <summary>An instance of a class that TorchScript generated: its attributes, and nothing that could run.</summary>
internal sealed class PickledObject
{
    public PickledDictionary? Attributes { get; set; }
}
