namespace Dml.Api.Generations;

/// <summary>Checks what the index requires of a vector.</summary>
internal static class UnitVector
{
    private const float Tolerance = 0.01f;

    /// <summary>Whether the length is one, with a tolerance; false for NaN.</summary>
    public static bool IsUnit(ReadOnlySpan<float> vector) => MathF.Abs(DotProduct.Of(vector, vector) - 1) < Tolerance;
}
