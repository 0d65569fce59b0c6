namespace Dml.Training.Evaluation;

/// <summary>Everything that is measured on the held-out classes.</summary>
/// <param name="Retrieval">Self-retrieval over all held-out pictures.</param>
/// <param name="Nmi">NMI of k-means clusters, k = classes; NaN-free, null when it was not asked for.</param>
/// <param name="PairF1">F1 over pairs of the same clusters.</param>
/// <param name="Pictures">Held-out pictures.</param>
/// <param name="Classes">Held-out classes.</param>
public sealed record EvaluationFigures(RetrievalFigures Retrieval, double? Nmi, double? PairF1, int Pictures, int Classes);
