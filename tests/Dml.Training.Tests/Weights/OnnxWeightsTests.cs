using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Export;
using Dml.Training.Heads;
using Dml.Training.Network;
using Dml.Training.Tests.Backbones;
using Dml.Training.Weights;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Weights;

public sealed class OnnxWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // A head is found behind any backbone in the same way: each of them behind a map and behind a token.
    public static TheoryData<string, string> BackbonesAndHeads =>
    [
        .. BackboneCatalogue.All.Select(b => (b.Name, HeadCatalogue.Default))
            .Concat(
                from backbone in (string[])["googlenet", "deit-tiny"]
                from head in HeadCatalogue.All
                select (backbone, head.Name))
            .Distinct(),
    ];

    private string Target => _folder.File("embedder.onnx");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(BackbonesAndHeads))]
    public void Every_network_comes_back_from_its_file(string backbone, string head)
    {
        using var scope = NewDisposeScope();
        var trained = SmallNetworks.WithHead(backbone, head);
        SmallNetworks.Disturb(trained);
        trained.SetTraining(false);
        OnnxExporter.Export(trained, Target);
        var again = SmallNetworks.WithHead(backbone, head);
        again.SetTraining(false);

        OnnxWeights.Load(again, Target);

        // Against the file, and against the network that was: other weights than the folded ones would show in either.
        Assert.InRange(OnnxParity.Check(again, Target).Largest, 0, OnnxParity.Tolerance);
        var pictures = new byte[2 * trained.Preprocessing.PixelBytes];
        new Random(1).NextBytes(pictures);
        var (expected, actual) = (trained.Embed(pictures), again.Embed(pictures));
        var scale = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-4 * scale));
        // And once more: a network that was read and exported is the same file.
        OnnxExporter.Export(again, _folder.File("again.onnx"));
        OnnxWeights.Load(trained, _folder.File("again.onnx"));
        Assert.InRange(OnnxParity.Check(trained, Target).Largest, 0, OnnxParity.Tolerance);
    }

    [Fact]
    public void Another_networks_file_is_refused()
    {
        using var scope = NewDisposeScope();
        OnnxExporter.Export(SmallNetworks.Create("deit-tiny", dimension: 12), Target);
        var network = SmallNetworks.Create("deit-tiny", dimension: 16);
        Assert.Contains(
            "not the float export", Assert.Throws<InvalidDataException>(() => OnnxWeights.Load(network, Target)).Message,
            StringComparison.Ordinal);

        // Of the same sizes: another number of heads scales its queries otherwise.
        JsonObject Options(int heads) => new() { ["inputSize"] = 32, ["patchSize"] = 8, ["width"] = 24, ["heads"] = heads, ["depth"] = 1 };
        OnnxExporter.Export(EmbeddingNetwork.Create("deit-tiny", Options(2), null, 1), Target);
        Assert.Contains(
            "another network",
            Assert
                .Throws<InvalidDataException>(() => OnnxWeights.Load(EmbeddingNetwork.Create("deit-tiny", Options(3), null, 1), Target))
                .Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_embedder_of_bytes_and_a_damaged_file_are_refused()
    {
        using var scope = NewDisposeScope();
        var network = SmallNetworks.Create("googlenet");
        network.SetTraining(false);
        OnnxExporter.ExportInt8(network, Target, [new float[3 * 32 * 32]]);
        Assert.Contains(
            "8 bits", Assert.Throws<InvalidDataException>(() => OnnxWeights.Load(network, Target)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(Target, [1, 2, 3]);
        Assert.Throws<InvalidDataException>(() => OnnxWeights.Load(network, Target));
    }
}
