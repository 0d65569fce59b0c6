using System.ComponentModel;
using Dml.Embedding.Adoption;
using Microsoft.AspNetCore.Mvc;

namespace Dml.Api.Rollouts;

/// <summary>The query of <c>POST /models</c>: what is known about a network that comes without a manifest.</summary>
internal sealed record AdoptionRequest
{
    /// <summary>Name of the embedder.</summary>
    [FromQuery(Name = "name")]
    [Description("For a network without a manifest: the embedder's name.")]
    public string? Name { get; init; }

    /// <summary>How pictures are prepared.</summary>
    [FromQuery(Name = "preset")]
    [Description("How pictures are prepared, where no preprocessor_config.json is sent: imagenet, clip, siglip, dinov2 or cntk.")]
    public string? Preset { get; init; }

    /// <summary>Side of the input.</summary>
    [FromQuery(Name = "size")]
    [Description("Side of the input in pixels, for a network that takes any.")]
    public int? Size { get; init; }

    /// <summary>The value that becomes the embedding.</summary>
    [FromQuery(Name = "output")]
    [Description("The value that becomes the embedding; when left out, the last output that depends on the picture alone.")]
    public string? Output { get; init; }

    /// <summary>How the output becomes one vector.</summary>
    [FromQuery(Name = "pooling")]
    [Description("How the output becomes one vector: auto, cls, average, tokens or none.")]
    public string? Pooling { get; init; }

    /// <summary>Whether nothing is stated.</summary>
    public bool IsEmpty => this == new AdoptionRequest();

    /// <summary>The same for the adoption.</summary>
    public AdoptionOptions Options => new() { Output = Output, Pooling = AdoptionPoolings.Parse(Pooling), Preset = Preset, InputSize = Size };
}
