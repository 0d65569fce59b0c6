namespace Dml.Onnx;

/// <summary>Least and greatest value that was met.</summary>
/// <param name="Least">At most zero.</param>
/// <param name="Greatest">At least zero.</param>
public readonly record struct ActivationRange(float Least, float Greatest)
{
    private const float Steps = byte.MaxValue;

    /// <summary>Covers nothing yet but zero, which must be a whole step: padding is made of it.</summary>
    public static ActivationRange Zero { get; } = new(0, 0);

    /// <summary>Size of a step in 8 bits.</summary>
    public float Scale => Greatest > Least ? (Greatest - Least) / Steps : 1;

    /// <summary>The byte that means zero.</summary>
    public byte ZeroPoint => (byte)MathF.Round(-Least / Scale);

    /// <summary>The range that covers both.</summary>
    public ActivationRange Or(ActivationRange other) => new(MathF.Min(Least, other.Least), MathF.Max(Greatest, other.Greatest));
}
