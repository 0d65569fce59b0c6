using Dml.Onnx;
using Dml.Photo;
using Microsoft.ML.OnnxRuntime;

namespace Dml.Embedding.Tests;

/// <summary>models/photo: what the build makes is what model.json describes, and what the published network computes.</summary>
public sealed class PhotoEmbedderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Models => Path.Combine(Repository.Folder, "models", "photo");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_bytes_come_out_of_every_build()
    {
        var made = Path.Combine(_folder.Path, "embedder.onnx");
        PhotoEmbedder.Write(Published(), Models, eightBits: true, made);

        var manifest = EmbedderManifest.Load(Models);
        File.Copy(Path.Combine(Models, EmbedderManifest.FileName), Path.Combine(_folder.Path, EmbedderManifest.FileName));
        using var embedder = Embedder.Open(_folder.Path);
        Assert.Equal(manifest.Fingerprint, embedder.Fingerprint);
        Assert.Empty(manifest.TrainedLabels!);
    }

    [Fact]
    public void Eight_bits_stay_close_to_plain_code_over_the_published_layers()
    {
        const int Pictures = 4;
        PhotoEmbedder.Write(Published(), Models, eightBits: true, Path.Combine(_folder.Path, "embedder.onnx"));
        File.Copy(Path.Combine(Models, EmbedderManifest.FileName), Path.Combine(_folder.Path, EmbedderManifest.FileName));
        using var embedder = Embedder.Open(_folder.Path);
        using var published = Layers();
        var projection = Projection.Load(Path.Combine(Models, "projection.bin"));
        var side = embedder.Manifest.Preprocessing.InputSize;
        for (var picture = 0; picture < Pictures; picture++)
        {
            var chw = Smooth(side, picture);
            var vector = new float[embedder.Dimension];
            embedder.EmbedPixels(chw, 1, vector);
            var expected = Expected(published, projection, chw, side);
            Assert.InRange(vector.Zip(expected, (a, b) => a * b).Sum(), 0.98f, 1.001f);
        }
    }

    [Fact]
    public void Another_network_is_refused()
    {
        var other = new Adoption.PublishedNetwork("x", batch: null).WithOutput("map", null, 6, 4, 4).ToModel();
        var refused = Assert.Throws<InvalidDataException>(() => PhotoNetwork.MakeFeatures(other));
        Assert.Contains("is not the ResNet-18", refused.Message);
        File.WriteAllBytes(Path.Combine(_folder.Path, "projection.bin"), new byte[100]);
        Assert.Throws<InvalidDataException>(() => Projection.Load(Path.Combine(_folder.Path, "projection.bin")));
    }

    // Square roots of means, each part of length one, side by side with their weights, times the projection.
    private static float[] Expected(InferenceSession published, Projection projection, float[] chw, int side)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(chw, [1, 3, side, side]);
        using var run = new RunOptions();
        string[] layers = ["ReLU393_Output_0", "ReLU365_Output_0", "ReLU347_Output_0"];
        using var maps = published.Run(run, published.InputNames, [input], layers);
        var features = new List<double>();
        foreach (var (map, weight) in maps.Zip([1, 1, 0.7]))
        {
            var shape = map.GetTensorTypeAndShape().Shape;
            var values = map.GetTensorDataAsSpan<float>().ToArray();
            var roots = values.Chunk((int)(shape[2] * shape[3])).Select(cells => Math.Sqrt(cells.Average())).ToArray();
            var length = Math.Sqrt(roots.Sum(root => root * root));
            features.AddRange(roots.Select(root => root / length * weight));
        }

        var vector = projection.Bias
            .Select((bias, j) => bias + features.Select((value, i) => value * projection.Weight[(i * projection.Dimension) + j]).Sum())
            .ToArray();
        var norm = Math.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => (float)(value / norm))];
    }

    // The published file with the layers as outputs and its size opened: nothing else is changed.
    private static InferenceSession Layers()
    {
        var model = PhotoNetwork.Read(Published());
        model.Graph.Node.RemoveAt(model.Graph.Node.Count - 1);
        foreach (var axis in (int[])[2, 3])
        {
            model.Graph.Input[0].Type.TensorType.Shape.Dim[axis] = new() { DimParam = $"size{axis}" };
        }

        model.Graph.Output.Clear();
        model.Graph.Output.Add(
            ((string[])["ReLU393_Output_0", "ReLU365_Output_0", "ReLU347_Output_0"]).Select(name => new ValueInfoProto
            {
                Name = name,
                Type = new() { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float } },
            }));
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        return new(Google.Protobuf.MessageExtensions.ToByteArray(model), options);
    }

    private static string Published()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var folder = Path.Combine(packages, "microsoft.ml.dnnimagefeaturizer.resnet18");
        var file = !Directory.Exists(folder)
            ? null
            : Directory.EnumerateFiles(folder, "ResNet18.onnx", SearchOption.AllDirectories).FirstOrDefault();
        Assert.SkipWhen(file is null, "The build of Dml.Api restores ResNet18.onnx.");
        return file;
    }

    private static float[] Smooth(int side, int seed)
    {
        var chw = new float[3 * side * side];
        for (var i = 0; i < chw.Length; i++)
        {
            var (plane, y, x) = (i / (side * side), i / side % side, i % side);
            chw[i] = 90 * MathF.Sin((x * (seed + 1) / 25f) + plane) * MathF.Cos(y * (seed + 2) / 31f);
        }

        return chw;
    }
}
