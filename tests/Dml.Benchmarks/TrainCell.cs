using System.Globalization;

namespace Dml.Benchmarks;

/// <summary>One network at one input size.</summary>
/// <param name="Backbone">googlenet, deit-tiny or deit-small.</param>
/// <param name="Size">Side length of the pictures in pixels.</param>
/// <param name="Batch">Pictures per step.</param>
/// <param name="Steps">Timed steps per measurement.</param>
internal sealed record TrainCell(string Backbone, int Size, int Batch, int Steps)
{
    /// <summary>The patch size of a transformer: 8 pixels where 16 would leave only 16 tokens.</summary>
    public int Patch => Size >= 128 ? 16 : 8;

    /// <summary>Reads <c>backbone:size:batch:steps</c>.</summary>
    public static TrainCell Parse(string text) => text.Split(':') is [var backbone, var size, var batch, var steps]
        ? new(backbone, int.Parse(size, CultureInfo.InvariantCulture), int.Parse(batch, CultureInfo.InvariantCulture),
            int.Parse(steps, CultureInfo.InvariantCulture))
        : throw new ArgumentException($"--cells must be a comma-separated list of backbone:size:batch:steps; got '{text}'.");
}
