namespace Dml.Api.Generations;

/// <summary>What every index takes for granted.</summary>
internal static class UnitVector
{
    private const float Tolerance = 0.01f;

    /// <summary>Whether the length is one; false for what is not a number.</summary>
    public static bool IsUnit(ReadOnlySpan<float> vector) => MathF.Abs(DotProduct.Of(vector, vector) - 1) < Tolerance;
}
