namespace Dml.Index.Codes;

/// <summary>
/// What stands behind the numbers u of a code: component i of the vector is near <see cref="Scale"/> u[i] +
/// <see cref="Offset"/>.
/// </summary>
internal struct CodeFactors
{
    /// <summary>Width of a step.</summary>
    public float Scale;

    /// <summary>What u = 0 stands for.</summary>
    public float Offset;

    /// <summary>Added to every score of this code: minus its squared length under L2, else 0.</summary>
    public float Bias;

    /// <summary>Sum of all u.</summary>
    public int Sum;
}
