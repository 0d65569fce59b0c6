using Dml.Embedding.Labels;

namespace Dml.Api.Gate;

/// <summary>
/// The labels that an embedder may have learnt, which say nothing about how it embeds others. When its manifest does not state them,
/// only the held-out labels are assumed to be new to it: no retrain learns from those.
/// </summary>
internal sealed class LearntLabels
{
    private readonly HashSet<string>? _hashes;
    private readonly double _heldOut;

    /// <param name="model">Name of the embedder.</param>
    /// <param name="hashes">Hashes of its labels (<see cref="LabelHash"/>); null when they are unknown.</param>
    /// <param name="heldOut">The share of labels that is held out of training, 0 to 1.</param>
    public LearntLabels(string model, IReadOnlyList<string>? hashes, double heldOut)
    {
        Model = model;
        _hashes = hashes?.ToHashSet(StringComparer.Ordinal);
        _heldOut = heldOut;
    }

    public string Model { get; }

    /// <summary>Whether the manifest states the labels.</summary>
    public bool AreKnown => _hashes is not null;

    public bool MayContain(string label) => _hashes?.Contains(LabelHash.Of(label)) ?? !HeldOutLabels.Contains(label, _heldOut);
}
