using System.Globalization;
using System.Text.Json.Nodes;
using Dml.Api.Gate;
using Dml.Embedding;
using Dml.Embedding.Adoption;
using Dml.Onnx;
using Dml.Photo;
using Dml.Training.Data;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Dml.Benchmarks.Photo;

/// <summary>
/// Fits what models/photo adds to the published ResNet-18: the projection and the ranges for 8 bits. The power of the whitening is chosen
/// on Grocery Store's classes 28-40 with a fit on 0-27, by the sum of R@1 and MAP@R; what is written is fitted on 0-40. The classes 41-80,
/// on which it is measured, are never looked at.
/// </summary>
internal static class PhotoFit
{
    private const int Dimension = 512;
    private const int CalibrationPictures = 128;
    private static readonly double[] Powers = [0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5];

    public static Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var (published, folder) = (options.Text("published"), options.Text("out", "models/photo"));
        var fits = options.Text("fit", "yes") == "yes";
        var groceries = options.Text("grocery", "");
        options.RefuseOthers();
        if (fits)
        {
            FitAndSave(published, folder, groceries, cancel);
        }

        Describe(published, folder, eightBits: true);
        // Beside it, to measure what 8 bits cost; not shipped.
        var floats = Directory.CreateDirectory($"{folder}-floats").FullName;
        PhotoEmbedder.Write(published, folder, eightBits: false, Path.Combine(floats, EmbedderManifest.NetworkFileName));
        EmbedderManifest.Describe(floats, "photo-floats", Dimension, PhotoPreprocessing.Value, trainedLabels: []).Save(floats);
        return Task.CompletedTask;
    }

    private static void FitAndSave(string published, string folder, string groceries, CancellationToken cancel)
    {
        Dataset Open(GrocerySplit split) =>
            GroceryStoreDataset.Open(new() { Folder = groceries, Split = split }, Directory.GetCurrentDirectory());
        var known = Open(GrocerySplit.ZeroShot).Pictures.Where(picture => picture.Part == PicturePart.Training).ToArray();
        var first = Open(GrocerySplit.Validation).Pictures
            .Where(picture => picture.Part == PicturePart.Training).Select(picture => picture.Class).ToHashSet();

        var features = FeaturesOf(published, known, cancel);
        var isFirst = known.Select(picture => first.Contains(picture.Class)).ToArray();
        string[] later = [.. known.Where((_, i) => !isFirst[i]).Select(picture => picture.Class)];
        Console.WriteLine("| whitening, power | R@1 | MAP@R |");
        Console.WriteLine("|---|---|---|");
        var best = (Power: 0.0, Sum: double.MinValue);
        foreach (var power in Powers)
        {
            var projection = Fit([.. features.Where((_, i) => isFirst[i])], power);
            float[] vectors = [.. features.Where((_, i) => !isFirst[i]).SelectMany(row => Apply(projection, row))];
            var scores = RetrievalScore.Measure(vectors, later, cancel);
            var (recall, map) = (scores.Average(score => score.RecallAt1), scores.Average(score => score.MapAtR));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {power} | {recall:F4} | {map:F4} |"));
            best = recall + map > best.Sum ? (power, recall + map) : best;
        }

        var chosen = Fit(features, best.Power);
        chosen.Save(Path.Combine(folder, "projection.bin"));
        RangeFile.Save(Path.Combine(folder, "ranges.json"), RangesOf(published, chosen, known, cancel));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Written to {folder}: fitted on {known.Length} photos, power {best.Power}."));
    }

    private static void Describe(string published, string folder, bool eightBits)
    {
        PhotoEmbedder.Write(published, folder, eightBits, Path.Combine(folder, EmbedderManifest.NetworkFileName));
        var origin = new JsonObject
        {
            ["network"] = "ResNet-18, ImageNet, of Microsoft.ML.DnnImageFeaturizer.ResNet18 (MIT)",
            ["layers"] =
                "square roots of the means of the last three layers named in src/Dml.Photo/PhotoNetwork.cs, whitened to 512 dimensions",
            ["int8"] = eightBits,
        };
        var figures = File.Exists(Path.Combine(folder, EmbedderManifest.FileName)) ? EmbedderManifest.Load(folder).Figures : null;
        // ImageNet's labels are nobody's catalogue's; the whitening saw pictures without labels.
        EmbedderManifest
            .Describe(folder, "photo", Dimension, PhotoPreprocessing.Value, origin, figures, trainedLabels: [])
            .Save(folder);
    }

    private static float[][] FeaturesOf(string published, LabelledPicture[] pictures, CancellationToken cancel)
    {
        var model = PhotoNetwork.Read(published);
        PhotoNetwork.MakeFeatures(model);
        var preprocessing = PhotoPreprocessing.Value;
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var session = new InferenceSession(model.ToByteArray(), options);
        var rows = new float[pictures.Length][];
        var onAllCores = new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, pictures.Length, onAllCores, i =>
        {
            var rgb = new byte[preprocessing.PixelBytes];
            if (!PictureDecoder.TryDecode(pictures[i].Load(), preprocessing, long.MaxValue, rgb, out var error))
            {
                throw new InvalidDataException($"{pictures[i].Id}: {error.Message}");
            }

            var chw = new float[rgb.Length];
            preprocessing.Normalize(rgb, chw);
            using var input = OrtValue.CreateTensorValueFromMemory(chw, [1, 3, preprocessing.InputSize, preprocessing.InputSize]);
            using var run = new RunOptions();
            using var results = session.Run(run, [EmbedderPorts.Input], [input], [EmbedderPorts.Output]);
            rows[i] = results[0].GetTensorDataAsSpan<float>().ToArray();
        });
        return rows;
    }

    // x -> (x - mean) V diag(eigenvalue^-power), the 512 directions of the largest variance.
    private static Projection Fit(float[][] rows, double power)
    {
        using var scope = NewDisposeScope();
        var features = tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]).to(float64);
        var mean = features.mean([0]);
        var centred = features - mean;
        var (values, vectors) = linalg.eigh(centred.t().mm(centred) / rows.Length);
        var weight = vectors.flip(1).narrow(1, 0, Dimension) * values.flip(0).narrow(0, 0, Dimension).clamp_min(1e-12).pow(-power);
        var bias = -mean.unsqueeze(0).mm(weight).squeeze(0);
        return new(weight.to(float32).contiguous().data<float>().ToArray(), bias.to(float32).data<float>().ToArray());
    }

    private static float[] Apply(Projection projection, float[] row)
    {
        var vector = projection.Bias.ToArray();
        for (var i = 0; i < row.Length; i++)
        {
            for (var j = 0; j < vector.Length; j++)
            {
                vector[j] += row[i] * projection.Weight[(i * vector.Length) + j];
            }
        }

        var length = MathF.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / length)];
    }

    private static Dictionary<string, ActivationRange> RangesOf(
        string published, Projection projection, LabelledPicture[] pictures, CancellationToken cancel)
    {
        var model = PhotoNetwork.Read(published);
        PhotoNetwork.Make(model, projection);
        var values = EightBits.Prepare(model);
        var sample = Enumerable.Range(0, CalibrationPictures).Select(i => pictures[i * pictures.Length / CalibrationPictures]).ToArray();
        return ActivationRanges.Measure(
            model, values, PhotoPreprocessing.Value, [.. sample.Select(picture => (picture.Id, picture.Load))], cancel);
    }
}
