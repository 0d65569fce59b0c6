using Dml.Embedding.Labels;

namespace Dml.Training.Data;

/// <summary>Which classes and pictures are kept from training.</summary>
public sealed record SplitOptions
{
    /// <summary>
    /// The dataset's own split (its pictures carry a <see cref="PicturePart"/>), classes drawn at random, or those of a service's gate. A
    /// recipe without a split has the one that its dataset names: <see cref="DatasetAbout.DefaultSplit"/>.
    /// </summary>
    public SplitSource By { get; init; } = SplitSource.Dataset;

    /// <summary>
    /// Fraction of the classes that is held out for evaluation, in (0, 1); has no effect with a dataset's own split. Null: 0.5, and with
    /// the gate's labels the default of the service's setting Gate:HeldOut.
    /// </summary>
    public double? HeldOut { get; init; }

    /// <summary>
    /// Shuffles the classes; has no effect with a dataset's own split or the gate's labels. Apart from the recipe's seed, so that runs
    /// with other seeds stay comparable.
    /// </summary>
    public int Seed { get; init; }

    /// <summary>
    /// Share of the training pictures that get another training class's label, 0 to below 1: for experiments with methods that tolerate
    /// wrong labels. Held-out pictures keep theirs.
    /// </summary>
    public double LabelNoise { get; init; }

    /// <summary>Which pictures those are, and their labels.</summary>
    public int LabelNoiseSeed { get; init; }

    /// <summary>
    /// Pictures with one of these attribute values are never trained on: <c>{ "set": ["noto-v1"] }</c> keeps one vendor's set unseen. Those
    /// of held-out classes are still evaluated.
    /// </summary>
    public IReadOnlyDictionary<string, string[]> NotInTraining { get; init; } = new Dictionary<string, string[]>();

    /// <summary>The fraction that is held out.</summary>
    internal double Share => HeldOut ?? (By == SplitSource.Gate ? HeldOutLabels.DefaultShare : 0.5);
}
