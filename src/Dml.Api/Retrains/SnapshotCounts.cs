namespace Dml.Api.Retrains;

/// <summary>What a snapshot holds: different labelled pictures, held out or not, and the feedback on pictures that are not held out.</summary>
internal sealed record SnapshotCounts(int TrainingPictures, int TrainingLabels, int HeldOutPictures, int HeldOutLabels, int RightPairs, int WrongPairs);
