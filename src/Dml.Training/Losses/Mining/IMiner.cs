namespace Dml.Training.Losses.Mining;

/// <summary>Chooses the triplets of a batch that are learned from.</summary>
internal interface IMiner
{
    /// <summary>Hands over every chosen triplet; a triplet handed over twice counts twice. Triplets are not collected, so that a miner of all of them needs no memory of batch cubed.</summary>
    void Mine(MinedBatch batch, TripletVisitor take);
}
