using Dml.Embedding.Adoption;

namespace Dml.Api.Rollouts;

/// <summary>What is known about a network that comes without a manifest; null where it is not stated.</summary>
/// <param name="Name">Name of the embedder.</param>
/// <param name="Preset">How pictures are prepared.</param>
/// <param name="Size">Side of the input in pixels.</param>
/// <param name="Output">The value that becomes the embedding.</param>
/// <param name="Pooling">How the output becomes one vector.</param>
internal sealed record AdoptionRequest(string? Name, string? Preset, int? Size, string? Output, string? Pooling)
{
    /// <summary>Whether nothing is stated.</summary>
    public bool IsEmpty => this == new AdoptionRequest(null, null, null, null, null);

    /// <summary>The same for the adoption.</summary>
    /// <exception cref="AdoptionException">The pooling is unknown.</exception>
    public AdoptionOptions Options =>
        new() { Output = Output, Pooling = AdoptionPoolings.Parse(Pooling), Preset = Preset, InputSize = Size };
}
