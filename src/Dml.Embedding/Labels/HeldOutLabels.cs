namespace Dml.Embedding.Labels;

/// <summary>
/// Decides which labels no training may learn from. The label's own hash decides, so that the service and every training run hold the
/// same labels out, whatever is added to the catalogue: otherwise tonight's test would measure what last night learnt.
/// </summary>
public static class HeldOutLabels
{
    /// <summary>The share of the labels that is held out where no setting says otherwise.</summary>
    public const double DefaultShare = 0.2;

    /// <summary>Whether a label is among the held-out <paramref name="share"/> (0 to 1) of all labels.</summary>
    public static bool Contains(string label, double share) => HashPlace.Of(label) < share;
}
