namespace Dml.Training.Losses;

/// <summary>What a loss must know of its surroundings.</summary>
/// <param name="Classes">Number of training classes, at least 1.</param>
/// <param name="Dimension">Length of an embedding, at least 1.</param>
public sealed record LossShape(int Classes, int Dimension);
