using Dml.Embedding.Adoption;
using Dml.Onnx;
using Google.Protobuf;
using static Dml.Embedding.Tests.Adoption.PublishedNetwork;

namespace Dml.Embedding.Tests.Adoption;

/// <summary>
/// Networks in the shapes that exporters write, adopted and opened as embedders; plain code computes what they have to give.
/// </summary>
public sealed class NetworkAdoptionTests : IDisposable
{
    private const double Close = 1e-5;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_map_of_a_convolutional_network_is_averaged()
    {
        var network = new PublishedNetwork("Input247", batch: 1).WithOutput("map", 1, Width, 4, 4);
        var report = Adopt(network.Save(At("torchvision.onnx"), opset: 8), new() { Preset = "imagenet" });

        Assert.Equal(("Input247", "map", "average", Width), (report.Input, report.Output, report.Pooling, report.Dimension));
        Expect(chw => Unit(Mean(network.TokensOf(chw))));
    }

    [Fact]
    public void A_pooled_output_with_an_open_batch_is_taken_as_it_is()
    {
        var network = new PublishedNetwork("x", batch: null)
            .Then("GlobalAveragePool", ["map"], "pooled").Then("Flatten", ["pooled"], "features").WithOutput("features", null, Width);
        var report = Adopt(network.Save(At("timm.onnx")), new() { Preset = "imagenet" });

        Assert.Equal(("features", "none", false), (report.Output, report.Pooling, report.OneByOne));
        Expect(chw => Unit(Mean(network.TokensOf(chw))));
    }

    [Fact]
    public void A_fixed_batch_is_opened()
    {
        var network = new PublishedNetwork("pixel_values", batch: 1).AsTokens(batch: 1).WithOutput("tokens", 1, Tokens, Width);
        var report = Adopt(network.Save(At("siglip.onnx")), new() { Preset = "siglip" });

        // Sixteen tokens are a square: none of them is a class token.
        Assert.Equal(("average", false), (report.Pooling, report.OneByOne));
        Expect(chw => Unit(Mean(network.TokensOf(chw))));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(17)]
    public void A_batch_that_cannot_be_opened_runs_one_by_one(int opset)
    {
        // The class token is a constant for one picture, as an export without dynamic axes leaves it.
        var network = new PublishedNetwork("pixel_values", batch: 1)
            .AsTokens(batch: 1).WithClassToken(openBatch: false).WithOutput("last_hidden_state", 1, Tokens + 1, Width);
        var report = Adopt(
            network.Save(At("vit.onnx"), opset), new() { Preset = "imagenet", Pooling = AdoptionPooling.Average });

        Assert.True(report.OneByOne);
        Expect(chw => Unit(Mean([network.ClassToken, .. network.TokensOf(chw)])));
    }

    [Theory]
    [InlineData("cls")]
    [InlineData("tokens")]
    [InlineData("average")]
    public void Tokens_are_pooled_as_asked(string pooling)
    {
        var network = new PublishedNetwork("pixel_values", batch: null)
            .AsTokens(batch: 0).WithClassToken(openBatch: true).WithOutput("last_hidden_state", null, Tokens + 1, Width);
        Adopt(network.Save(At("vit.onnx")), new()
        {
            Preset = "imagenet",
            Pooling = pooling switch
            {
                "cls" => AdoptionPooling.ClassToken,
                "tokens" => AdoptionPooling.Tokens,
                _ => AdoptionPooling.Average,
            },
        });

        Expect(chw =>
        {
            var tokens = network.TokensOf(chw);
            float[] first = [.. Mean(tokens).Zip(network.ClassToken, (a, b) => a + b)];
            return Unit(pooling switch { "cls" => first, "tokens" => Mean(tokens), _ => Mean([first, .. tokens]) });
        });
    }

    [Fact]
    public void Registers_do_not_hide_the_class_token()
    {
        var network = new PublishedNetwork("pixel_values", batch: null)
            .AsTokens(batch: 0).WithClassToken(openBatch: true, registers: 4).WithOutput("last_hidden_state", null, Tokens + 5, Width);
        var report = Adopt(network.Save(At("dinov2.onnx")), new() { Preset = "dinov2" });

        Assert.Equal("cls", report.Pooling);
        Expect(chw => Unit([.. Mean(network.TokensOf(chw)).Zip(network.ClassToken, (a, b) => a + b)]));
    }

    [Fact]
    public void The_last_output_that_needs_the_picture_alone_is_taken()
    {
        var network = new PublishedNetwork("pixel_values", batch: null)
            .WithInput("input_ids", null, 7)
            .Then("Cast", ["input_ids"], "text", Int("to", 1)).Then("ReduceMean", ["text"], "text_mean", Int("keepdims", 0))
            .Then("GlobalAveragePool", ["map"], "pooled").Then("Flatten", ["pooled"], "image_embeds")
            .Then("Mul", ["image_embeds", "text_mean"], "logits_per_image")
            .WithOutput("text_mean").WithOutput("image_embeds", null, Width).WithOutput("logits_per_image", null, Width);
        var report = Adopt(network.Save(At("clip.onnx")), new() { Preset = "clip" });

        Assert.Equal("image_embeds", report.Output);
        Expect(chw => Unit(Mean(network.TokensOf(chw))));
        var written = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(_folder.Path, "adopted", "embedder.onnx")));
        Assert.DoesNotContain(written.Graph.Node, node => node.Name is "text" or "logits_per_image");
    }

    [Fact]
    public void A_value_inside_the_network_can_be_named()
    {
        var network = new PublishedNetwork("x", batch: null)
            .Then("GlobalAveragePool", ["map"], "pooled").Then("Relu", ["pooled"], "logits").WithOutput("logits", null, Width, 1, 1);
        Adopt(network.Save(At("inner.onnx")), new() { Preset = "imagenet", Output = "map" });

        Expect(chw => Unit(Mean(network.TokensOf(chw))));
    }

    [Fact]
    public void Half_precision_is_widened()
    {
        var network = new PublishedNetwork("x", batch: 1).WithOutput("map", 1, Width, 4, 4);
        File.WriteAllBytes(At("half.onnx"), Halved(network.ToModel()).ToByteArray());
        Adopt(At("half.onnx"), new() { Preset = "imagenet" });

        Expect(chw => Unit(Mean(network.TokensOf(chw))), close: 3e-3);
        var written = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(_folder.Path, "adopted", "embedder.onnx")));
        Assert.DoesNotContain(written.Graph.Initializer, tensor => tensor.DataType == (int)TensorProto.Types.DataType.Float16);
    }

    [Fact]
    public void External_data_is_taken_in()
    {
        var network = new PublishedNetwork("x", batch: null).WithOutput("map", null, Width, 4, 4);
        var model = network.ToModel();
        MoveOut(model.Graph.Initializer.First(tensor => tensor.Name == "patch.weight"), "weights.bin", At("weights.bin"));
        File.WriteAllBytes(At("external.onnx"), model.ToByteArray());
        Adopt(At("external.onnx"), new() { Preset = "imagenet" });
        File.Delete(At("weights.bin"));

        Expect(chw => Unit(Mean(network.TokensOf(chw))));
    }

    [Theory]
    [InlineData("../outside.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("folder/inside.bin")]
    [InlineData("")]
    public void External_data_outside_the_folder_is_refused(string location)
    {
        var model = new PublishedNetwork("x", batch: null).WithOutput("map", null, Width, 4, 4).ToModel();
        MoveOut(model.Graph.Initializer[0], location, At("unused.bin"));
        File.WriteAllBytes(At("bad.onnx"), model.ToByteArray());

        Assert.Contains("must be a file beside the network", Refusal("bad.onnx", new() { Preset = "imagenet" }).Message);
    }

    [Fact]
    public void Bytes_in_rows_of_pixels_are_fed_as_the_network_wants_them()
    {
        var network = new PublishedNetwork("image", batch: null, channelsLast: true, TensorProto.Types.DataType.Uint8)
            .WithOutput("map", null, Width, 4, 4);
        File.WriteAllText(
            At("preprocessor_config.json"),
            """{"size":{"height":32,"width":32},"do_rescale":false,"do_normalize":false,"image_mean":[0,0,0],"image_std":[1,1,1]}""");
        // The tail's layout follows the input's: a network of rows of pixels gives rows of positions.
        network.Then("Transpose", ["map"], "positions", Ints("perm", 0, 2, 3, 1)).WithOutput("positions", null, 4, 4, Width);
        Adopt(network.Save(At("tensorflow.onnx")), new());

        Expect(chw => Unit(Mean(network.TokensOf(chw.ToArray().Select(MathF.Truncate).ToArray()))), bytes: true);
    }

    [Fact]
    public void Convolutions_in_eight_bits_stay_close()
    {
        var network = new PublishedNetwork("x", batch: null);
        network.Then("Relu", ["map"], "positive").Then("Conv", ["positive", "mix"], "mixed", Ints("kernel_shape", 1, 1));
        network.Then("Add", ["mixed", "positive"], "sum").WithOutput("sum", null, Width, 4, 4);
        var model = network.ToModel(opset: 8);
        var mix = Enumerable.Range(0, Width * Width).Select(i => MathF.Sin(i)).ToArray();
        model.Graph.Initializer.Add(TensorContent.OfFloats("mix", mix, Width, Width, 1, 1));
        File.WriteAllBytes(At("residual.onnx"), model.ToByteArray());
        File.WriteAllBytes(At("noise.png"), NoisePicture.Png(seed: 3));
        var refused = Refusal("residual.onnx", new() { Preset = "imagenet", EightBits = true });
        Assert.Equal(AdoptionQuestion.Calibration, refused.Question);

        var report = Adopt(At("residual.onnx"), new() { Preset = "imagenet", EightBits = true, Calibration = [At("noise.png")] });

        Assert.InRange(report.Int8Cosine!.Value, 0.98, 1);
        var written = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(_folder.Path, "adopted", "embedder.onnx")));
        Assert.Equal(
            2,
            written.Graph.Initializer.Count(tensor =>
                tensor.DataType == (int)TensorProto.Types.DataType.Int8 && tensor.Dims.Count == 4));
    }

    [Fact]
    public void What_the_file_does_not_say_is_asked_for()
    {
        var network = new PublishedNetwork("x", batch: null).WithOutput("map", null, Width, 4, 4);
        network.Save(At("plain.onnx"));

        Assert.Equal(AdoptionQuestion.Preprocessing, Refusal("plain.onnx", new()).Question);
        Assert.Equal(AdoptionQuestion.Preprocessing, Refusal("plain.onnx", new() { Preset = "nothing" }).Question);
        var output = Refusal("plain.onnx", new() { Preset = "imagenet", Output = "none" });
        Assert.Equal(AdoptionQuestion.Output, output.Question);
        Assert.Contains("'map'", output.Message);
        Assert.Contains("32 x 32", Refusal("plain.onnx", new() { Preset = "imagenet", InputSize = 64 }).Message);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "adopted")));
    }

    [Fact]
    public void What_is_no_image_network_is_refused()
    {
        File.WriteAllBytes(At("noise.onnx"), [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))]);
        Assert.Contains("is not an ONNX file", Refusal("noise.onnx", new()).Message);
        File.WriteAllBytes(At("empty.onnx"), []);
        Assert.Contains("is not an ONNX file", Refusal("empty.onnx", new()).Message);
        var text = new PublishedNetwork("x", batch: null).WithOutput("map", null, Width, 4, 4).ToModel();
        text.Graph.Input[0].Type.TensorType.Shape.Dim.RemoveAt(3);
        File.WriteAllBytes(At("text.onnx"), text.ToByteArray());
        Assert.Contains("this one has none among 'x' [any, 3, 32]", Refusal("text.onnx", new()).Message);
        Assert.Contains("does not exist", Refusal("missing.onnx", new()).Message);
    }

    [Fact]
    public void Adopting_twice_changes_nothing_more()
    {
        var network = new PublishedNetwork("pixels", batch: 1)
            .Then("GlobalAveragePool", ["map"], "pooled").Then("Flatten", ["pooled"], "embedding").WithOutput("embedding", 1, Width);
        Adopt(network.Save(At("own.onnx")), new() { Preset = "imagenet" });
        var first = Path.Combine(_folder.Path, "adopted", "embedder.onnx");
        File.Copy(first, At("again.onnx"));
        Adopt(At("again.onnx"), new() { Preset = "imagenet" });

        Expect(chw => Unit(Mean(network.TokensOf(chw))));
    }

    private string At(string name) => Path.Combine(_folder.Path, name);

    private AdoptionReport Adopt(string file, AdoptionOptions options) =>
        NetworkAdoption.Adopt(file, Path.Combine(_folder.Path, "adopted"), options, CancellationToken.None);

    private AdoptionException Refusal(string file, AdoptionOptions options) =>
        Assert.Throws<AdoptionException>(() => Adopt(At(file), options));

    private void Expect(Func<float[], float[]> compute, double close = Close, bool bytes = false)
    {
        const int Batch = 3;
        const int Pixels = 3 * Side * Side;
        using var embedder = Embedder.Open(Path.Combine(_folder.Path, "adopted"));
        var random = new Random(11);
        float[] chw =
            [.. Enumerable.Range(0, Batch * Pixels).Select(_ => bytes ? random.Next(256) : ((float)random.NextDouble() * 4) - 2)];
        var vectors = new float[Batch * Width];
        embedder.EmbedPixels(chw, Batch, vectors);
        for (var picture = 0; picture < Batch; picture++)
        {
            var expected = compute(chw[(picture * Pixels)..((picture + 1) * Pixels)]);
            for (var i = 0; i < Width; i++)
            {
                Assert.InRange(vectors[(picture * Width) + i], expected[i] - close, expected[i] + close);
            }
        }
    }

    private static void MoveOut(TensorProto tensor, string location, string path)
    {
        File.WriteAllBytes(path, [9, 9, 9, 9, .. tensor.RawData.Span]);
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = "4" });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{tensor.RawData.Length}" });
        tensor.ClearRawData();
    }
}
