namespace Dml.Training.Losses.Mining;

/// <summary>Receives one triplet as three rows of the batch.</summary>
internal delegate void TripletVisitor(int anchor, int positive, int negative);
