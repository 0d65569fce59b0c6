namespace Dml.Index.Codes;

/// <summary>
/// The factors that follow the numbers u of a code: component i of the vector is about <see cref="Scale"/> u[i] +
/// <see cref="Offset"/>.
/// </summary>
internal struct CodeFactors
{
    /// <summary>Width of a step.</summary>
    public float Scale;

    /// <summary>The value of u = 0.</summary>
    public float Offset;

    /// <summary>Added to every score of this code: minus its squared length under L2, else 0.</summary>
    public float Bias;

    /// <summary>Sum of all u.</summary>
    public int Sum;
}
