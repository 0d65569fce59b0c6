namespace Dml.Training.Losses.Mining;

/// <summary>Chooses the triplets of a batch for a loss.</summary>
internal interface IMiner
{
    /// <summary>
    /// Passes every chosen triplet to <paramref name="take"/>; a triplet passed twice counts twice. They are not collected, because all
    /// triplets would need memory of batch cubed.
    /// </summary>
    void Mine(MinedBatch batch, TripletVisitor take);
}
