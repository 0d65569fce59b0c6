using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Network;
using Dml.Training.Tests.Backbones;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Network;

public sealed class EmbeddingNetworkTests
{
    public static TheoryData<string> Names => SmallNetworks.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_backbone_gives_unit_vectors_that_do_not_depend_on_the_batch(string backbone)
    {
        using var scope = NewDisposeScope();
        var network = SmallNetworks.Create(backbone);
        network.SetTraining(false);
        var pictures = new byte[3 * 32 * 32 * 3];
        new Random(1).NextBytes(pictures);
        var together = network.Embed(pictures);
        Assert.Equal(3 * 16, together.Length);
        for (var i = 0; i < 3; i++)
        {
            var alone = network.Embed(pictures[(i * 3072)..((i + 1) * 3072)]);
            Assert.Equal(1, alone.Sum(v => (double)v * v), 1e-5);
            for (var d = 0; d < 16; d++)
            {
                Assert.Equal(alone[d], together[(i * 16) + d], 1e-5);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_backbone_has_gradients_for_all_parameters_and_the_same_seed_gives_the_same_weights(string backbone)
    {
        using var scope = NewDisposeScope();
        var network = SmallNetworks.Create(backbone);
        network.SetTraining(true);
        manual_seed(1);
        (network.call(randn([4, 3, 32, 32])) * randn([4, 16])).sum().backward();
        Assert.All(network.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.isfinite().all().item<bool>(), p.name));
        var again = SmallNetworks.Create(backbone).state_dict();
        Assert.All(SmallNetworks.Create(backbone).state_dict(), t => Assert.Equal(t.Value.ToFloats(), again[t.Key].ToFloats()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_misspelt_option_is_an_error_that_names_the_right_ones(string backbone)
    {
        var error = Assert.Throws<RecipeException>(() =>
            BackboneCatalogue.Create(backbone, new JsonObject { ["inputsize"] = 64 }, new Initializer(1)));
        Assert.Contains("inputSize", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ChannelOrder.Rgb)]
    [InlineData(ChannelOrder.Bgr)]
    public void Pixels_are_normalised_as_serving_does(ChannelOrder channels)
    {
        using var scope = NewDisposeScope();
        var preprocessing = new Preprocessing
        {
            InputSize = 5,
            Mean = [.485f, .456f, .406f],
            Std = [.229f, .224f, .225f],
            Channels = channels,
        };
        var rgb = new byte[2 * 75];
        new Random(2).NextBytes(rgb);
        var expected = new float[150];
        preprocessing.Normalize(rgb.AsSpan(0, 75), expected.AsSpan(0, 75));
        preprocessing.Normalize(rgb.AsSpan(75), expected.AsSpan(75));
        foreach (var channelsLast in new[] { true, false })
        {
            var actual = new PixelInput(preprocessing, channelsLast).ToTensor(rgb, CPU);
            Assert.Equal([2, 3, 5, 5], actual.shape);
            Assert.Equal(expected, actual.ToFloats());
        }
    }
}
