using System.Globalization;
using System.Text.Json;
using Dml.Training.Data;
using Dml.Training.Trainer;
using Dml.Training.Weights;

namespace Dml.Training.Reporting;

/// <summary>A batch whose loss was not a number, as a safetensors file that any program can open.</summary>
internal static class BrokenBatchFile
{
    /// <summary>
    /// Writes <c>pixels</c> [pictures, side, side, 3] (bytes, as the network got them) or <c>features</c> [pictures, length], <c>labels</c>
    /// and <c>pictures</c> [pictures] (places in the training set), with the pictures' ids, the epoch, batch and step (from 1) and the loss
    /// as metadata.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="broken">The batch.</param>
    /// <param name="training">The training pictures.</param>
    public static void Write(string path, BrokenBatch broken, IReadOnlyList<LabelledPicture> training)
    {
        var batch = broken.Batch;
        var count = batch.Labels.Length;
        var side = (long)Math.Sqrt(batch.Rgb.Length / 3 / count);
        var tensors = new Dictionary<string, SafetensorsTensor>
        {
            ["labels"] = SafetensorsTensor.From(batch.Labels, count),
            ["pictures"] = SafetensorsTensor.From([.. batch.Pictures.Select(p => (long)p)], count),
        };
        if (batch.Features is { } features)
        {
            tensors["features"] = SafetensorsTensor.From(features, count, features.Length / count);
        }
        else
        {
            tensors["pixels"] = SafetensorsTensor.From(batch.Rgb, count, side, side, 3);
        }

        SafetensorsFile.Save(path, new(tensors, new Dictionary<string, string>
        {
            ["ids"] = JsonSerializer.Serialize(batch.Pictures.Select(p => training[p].Id)),
            ["epoch"] = (broken.Epoch + 1).ToString(CultureInfo.InvariantCulture),
            ["batch"] = (broken.Number + 1).ToString(CultureInfo.InvariantCulture),
            ["step"] = (broken.Step + 1).ToString(CultureInfo.InvariantCulture),
            ["loss"] = broken.Loss.ToString(CultureInfo.InvariantCulture),
        }));
    }
}
