using System.ComponentModel.DataAnnotations;
using Dml.Api.Configuration;

namespace Dml.Api.Generations;

/// <summary>The section <c>Embedder</c>: how embedders run.</summary>
[Section("Embedder")]
internal sealed class InferenceOptions
{
    /// <summary>ONNX Runtime's execution provider.</summary>
    [AllowedValues("cpu", "cuda")]
    public string Provider { get; set; } = "cpu";

    /// <summary>Sessions of an embedder, one thread each; configured as 0, one for each processor.</summary>
    [Range(0, 1024)]
    public int Workers { get => field == 0 ? Environment.ProcessorCount : field; set; }

    /// <summary>The most pictures in one run of the network; 0 chooses the fastest size for the provider.</summary>
    [Range(0, 1024)]
    public int BatchSize { get; set; }

    /// <summary>The most pictures that may wait for the embedder. A request beyond that is answered with 503.</summary>
    [Range(1, 100_000)]
    public int Queue { get; set; } = 256;

    /// <summary>Seconds that one run of the network may take; a run that takes longer is ended, and its pictures fail.</summary>
    [Range(1, 24 * 60 * 60)]
    public int RunSeconds { get; set; } = 60;

    /// <summary>Memory for the vectors of recent pictures, in bytes; 0 keeps none.</summary>
    [Range(0.0, 1L << 40)]
    public long CacheBytes { get; set; } = 64 << 20;
}
