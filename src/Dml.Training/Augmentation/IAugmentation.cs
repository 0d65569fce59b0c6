namespace Dml.Training.Augmentation;

/// <summary>A random change of a picture that keeps its class.</summary>
public interface IAugmentation
{
    /// <summary>
    /// Draws its random numbers and adds its part to the plan. Uses nothing but <paramref name="random"/>, so that a picture's change
    /// depends on its seed alone.
    /// </summary>
    void Draw(Random random, AugmentationPlan plan);
}
