namespace Dml.Embedding.Adoption;

/// <summary>What a network file does not say about itself.</summary>
public enum AdoptionQuestion
{
    /// <summary>How pictures are prepared: <see cref="AdoptionOptions.Preset"/>, or a preprocessor_config.json beside the file.</summary>
    Preprocessing,

    /// <summary>The side of its input: <see cref="AdoptionOptions.InputSize"/>.</summary>
    InputSize,

    /// <summary>Which output is the embedding: <see cref="AdoptionOptions.Output"/>.</summary>
    Output,

    /// <summary>Pictures to measure the ranges of an 8-bit network on: <see cref="AdoptionOptions.Calibration"/>.</summary>
    Calibration,
}
