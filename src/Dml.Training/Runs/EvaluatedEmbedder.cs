using Dml.Training.Evaluation;

namespace Dml.Training.Runs;

/// <summary>One column of <c>dml eval</c>.</summary>
/// <param name="Name">As it was given on the command line.</param>
/// <param name="Dimension">Length of its vectors.</param>
/// <param name="InputSize">Side of its pictures in pixels.</param>
/// <param name="Figures">Measured on the held-out classes.</param>
/// <param name="Queries">The same, query by query.</param>
internal sealed record EvaluatedEmbedder(string Name, int Dimension, int InputSize, EvaluationFigures Figures, QueryFile Queries);
