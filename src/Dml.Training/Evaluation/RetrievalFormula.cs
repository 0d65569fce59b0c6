namespace Dml.Training.Evaluation;

/// <summary>A figure of one query from where its relevant answers stand.</summary>
/// <param name="answers">At least one relevant answer.</param>
/// <param name="k">The K of the figure's name; unused where it has none.</param>
internal delegate double RetrievalFormula(RelevantAnswers answers, int k);
