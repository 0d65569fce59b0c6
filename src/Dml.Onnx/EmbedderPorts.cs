namespace Dml.Onnx;

/// <summary>The names by which the service knows the one input and the one output of every embedder's network.</summary>
public static class EmbedderPorts
{
    /// <summary>Float32 [batch, 3, side, side], normalised.</summary>
    public const string Input = "pixels";

    /// <summary>Float32 [batch, dimension], unit rows.</summary>
    public const string Output = "embedding";
}
