namespace Dml.Training.Data;

/// <summary>Which classes and pictures are kept from training.</summary>
public sealed record SplitOptions
{
    /// <summary>Fraction of the classes that is held out for evaluation, in (0, 1).</summary>
    public double HeldOut { get; init; } = 0.5;

    /// <summary>Shuffles the classes. Apart from the recipe's seed, so that runs with other seeds stay comparable.</summary>
    public int Seed { get; init; }

    /// <summary>Pictures with one of these attribute values are never trained on: <c>{ "set": ["noto-v1"] }</c> keeps one vendor's set unseen. Those of held-out classes are still evaluated.</summary>
    public IReadOnlyDictionary<string, string[]> NotInTraining { get; init; } = new Dictionary<string, string[]>();
}
