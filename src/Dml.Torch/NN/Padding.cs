namespace TorchSharp;

/// <summary>How a convolution chooses its padding by itself.</summary>
public enum Padding
{
    Valid = 0,
    Same = 1,
}
