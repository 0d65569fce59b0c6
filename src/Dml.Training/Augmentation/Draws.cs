namespace Dml.Training.Augmentation;

/// <summary>The random draws that augmentations share.</summary>
internal static class Draws
{
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    /// <summary>Uniform in [low, high).</summary>
    public static float Between(this Random random, double low, double high) => (float)(low + (high - low) * random.NextDouble());

    /// <summary>A factor in [low, high), as likely to shrink as to grow by the same ratio.</summary>
    public static float FactorBetween(this Random random, double low, double high) =>
        MathF.Exp(random.Between(Math.Log(low), Math.Log(high)));
}
