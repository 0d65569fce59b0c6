using System.Globalization;

namespace Dml.Benchmarks;

/// <summary>One network at one input size.</summary>
/// <param name="Backbone">googlenet, deit-tiny or deit-small.</param>
/// <param name="Size">Side of the pictures in pixels.</param>
/// <param name="Batch">Pictures of a step.</param>
/// <param name="Steps">Timed steps of one measurement.</param>
internal sealed record TrainCell(string Backbone, int Size, int Batch, int Steps)
{
    /// <summary>Patches of 8 pixels where 16 would leave a transformer 16 tokens.</summary>
    public int Patch => Size >= 128 ? 16 : 8;

    /// <summary>Reads <c>backbone:size:batch:steps</c>.</summary>
    public static TrainCell Parse(string text) => text.Split(':') is [var backbone, var size, var batch, var steps]
        ? new(backbone, int.Parse(size, CultureInfo.InvariantCulture), int.Parse(batch, CultureInfo.InvariantCulture), int.Parse(steps, CultureInfo.InvariantCulture))
        : throw new ArgumentException($"--cells wants backbone:size:batch:steps with commas between; '{text}' is none.");
}
