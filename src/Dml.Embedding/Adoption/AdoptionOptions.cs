namespace Dml.Embedding.Adoption;

/// <summary>What is known about a network beyond its file. Everything may be left open that the file itself says.</summary>
public sealed record AdoptionOptions
{
    /// <summary>The value that becomes the embedding; null for the last output that depends on the picture alone.</summary>
    public string? Output { get; init; }

    /// <summary>How the output becomes one vector.</summary>
    public AdoptionPooling Pooling { get; init; }

    /// <summary>A name of <see cref="PreprocessingPresets"/>; null to read preprocessor_config.json beside the file.</summary>
    public string? Preset { get; init; }

    /// <summary>Side of the input in pixels, for a network that takes any size; null to read it from the file.</summary>
    public int? InputSize { get; init; }

    /// <summary>Whether convolutions and linear layers compute in 8-bit integers.</summary>
    public bool EightBits { get; init; }

    /// <summary>Files of pictures of the kind that will be embedded: the ranges of an 8-bit network are measured on them.</summary>
    public IReadOnlyList<string> Calibration { get; init; } = [];
}
