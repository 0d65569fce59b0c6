namespace Dml.Client;

/// <summary>What a retrain learns from and measures with.</summary>
/// <param name="TrainingPictures">Different labelled pictures to train on.</param>
/// <param name="TrainingLabels">Their labels.</param>
/// <param name="HeldOutPictures">Different pictures of the labels that the gate holds out.</param>
/// <param name="HeldOutLabels">Those labels.</param>
/// <param name="RightPairs">Feedback that calls a hit right, on pictures that are not held out.</param>
/// <param name="WrongPairs">The same for wrong.</param>
public sealed record SnapshotCounts(int TrainingPictures, int TrainingLabels, int HeldOutPictures, int HeldOutLabels, int RightPairs, int WrongPairs);
