using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Export;
using Dml.Training.Heads;
using Dml.Training.Network;
using Dml.Training.Tests.Backbones;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Export;

public sealed class OnnxParityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static MatrixTheoryData<string, string> BackbonesAndHeads =>
        new(BackboneCatalogue.All.Select(b => b.Name), HeadCatalogue.All.Select(h => h.Name));

    private string Target => _folder.File("embedder.onnx");

    [Theory]
    [MemberData(nameof(BackbonesAndHeads))]
    public void Every_backbone_with_every_head_computes_the_same_in_onnx_runtime(string backbone, string head) =>
        Check(SmallNetworks.WithHead(backbone, head));

    [Theory]
    [InlineData(15, 2, 5, 1, "average-max")]
    [InlineData(33, 2, 5, 1, "average")]
    [InlineData(45, 1, 5, 1, "average-max")]
    [InlineData(64, 2, 3, 4, "average")]
    [InlineData(64, 2, 4, 2, "average-max")]
    [InlineData(64, 2, 5, 1, "max")]
    [InlineData(64, 2, 4, 2, "gem")]
    public void Googlenet_of_other_sizes_and_depths(int side, int stem, int stages, int grid, string pooling) =>
        Check(
            EmbeddingNetwork.Create(
                "googlenet",
                new JsonObject
                {
                    ["inputSize"] = side,
                    ["stemStride"] = stem,
                    ["stages"] = stages,
                },
                new JsonObject
                {
                    ["dimension"] = 32,
                    ["pooling"] = pooling,
                    ["grid"] = grid,
                },
                1));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Distilled_transformer_of_either_token(bool average) =>
        Check(
            EmbeddingNetwork.Create(
                new("deit-tiny")
                {
                    Options = new JsonObject
                    {
                        ["inputSize"] = 24,
                        ["patchSize"] = 8,
                        ["width"] = 40,
                        ["heads"] = 5,
                        ["depth"] = 2,
                        ["distilled"] = true,
                        ["averageDistToken"] = average,
                    },
                },
                new("l2"),
                1));

    [Fact]
    public void Another_networks_file_fails()
    {
        using var scope = NewDisposeScope();
        var network = SmallNetworks.Create("deit-tiny", seed: 1);
        network.SetTraining(false);
        OnnxExporter.Export(SmallNetworks.Create("deit-tiny", seed: 2), Target);
        var error = Assert.Throws<ParityException>(() => OnnxParity.Check(network, Target));
        Assert.True(error.Report.Largest > 0.01);
    }

    public void Dispose() => _folder.Dispose();

    private void Check(EmbeddingNetwork network)
    {
        using var scope = NewDisposeScope();
        SmallNetworks.Disturb(network);
        network.SetTraining(false);
        OnnxExporter.Export(network, Target);
        var report = OnnxParity.Check(network, Target);
        Assert.Equal([1, 3, 32], report.Differences.Select(d => d.Batch));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", report.Differences));
        Assert.True(report.Largest > 0, "Bit-identical results of two different programs: the check compares something with itself.");
    }
}
