using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

public sealed class ResNetTests
{
    // Printed by torchvision 0.14.1 on PyTorch 1.13.1 in double precision, with 8 channels in the first stage.
    public static TheoryData<string, string, double[], double, double> Reference => new()
    {
        { "resnet-18", "maxpool", [.50715209, .50715209, .34310819, .35932786, .37496245], .58178487, .37761235 },
        { "resnet-18", "layer1.1", [.93648861, .69796376, .85579777, .86385789, .78359108], .74714999, .75648783 },
        { "resnet-18", "layer2.1", [.40915503, .98591286, .98141658, 1.04690765, .93511022], .43078580, .57083994 },
        { "resnet-18", "layer3.1", [.46376919, .65809696, .92301872, .57988355, .6422901], .58564609, .61285354 },
        { "resnet-18", "layer4.1", [0, 1.02596141, 1.51380638, .46169283, .79197048], .46579859, .58999061 },
        { "resnet-18", "avg", [.75036516, .22072555, .18830512, .02288531, .57384121], .46579859, .43035200 },
        { "resnet-34", "maxpool", [.50715209, .50715209, .34310819, .35932786, .37496245], .58178487, .37761235 },
        { "resnet-34", "layer1.2", [.83568624, .62784503, .98556249, .75764295, .80230817], .70137966, .80416713 },
        { "resnet-34", "layer2.3", [0, .31697396, 0, 0, 0], .51531499, .64629760 },
        { "resnet-34", "layer3.5", [.79314873, 1.84197547, 1.43874419, 2.21075649, .07811475], 1.18071374, 1.28294166 },
        { "resnet-34", "layer4.2", [4.56988501, 2.84736537, 3.59193424, 2.20602973, .77651925], 1.32044097, 1.56421001 },
        { "resnet-34", "avg", [3.30380359, .19412981, .61479507, .99107912, 3.84905476], 1.32044097, 1.23890335 },
        { "resnet-50", "maxpool", [.50715209, .50715209, .34310819, .35932786, .37496245], .58178487, .37761235 },
        { "resnet-50", "layer1.2", [0, .00504837, 0, 0, 0], .45062672, .54494020 },
        { "resnet-50", "layer2.3", [0, 0, 0, 0, 0], .66998322, .73345586 },
        { "resnet-50", "layer3.5", [3.42840061, 3.60768402, 4.54075091, 4.87933312, 3.1968906], 1.19449080, 1.25078080 },
        { "resnet-50", "layer4.2", [0, 0, .03135831, .37238826, 0], 1.22496488, 1.42073636 },
        { "resnet-50", "avg", [.10093664, .00128225, .55462437, 0, 2.22156568], 1.22496488, 1.19726405 },
        { "resnet-18-cntk", "maxpool", [.50715209, .50715209, .34310819, .35932786, .37496245], .58178487, .37761235 },
        { "resnet-18-cntk", "layer1.1", [.93648861, .69796376, .85579777, .86385789, .78359108], .74714999, .75648783 },
        { "resnet-18-cntk", "layer2.1", [.40915503, .98591286, .98141658, 1.04690765, .93511022], .43078580, .57083994 },
        { "resnet-18-cntk", "layer3.1", [.46376919, .65809696, .92301872, .57988355, .6422901], .58564609, .61285354 },
        { "resnet-18-cntk", "layer4.2", [.55673386, .84368655, .98450817, .00275286, .79758329], .54062070, .61533626 },
        { "resnet-18-cntk", "avg", [.59692036, .19939582, .31287277, .48346673, .90216695], .54062070, .43913190 },
    };

    [Theory]
    [MemberData(nameof(Reference))]
    public void Layer_outputs_equal_torchvisions(string name, string layer, double[] first, double mean, double deviation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var options = new JsonObject { ["inputSize"] = 64, ["width"] = 8 };
        var network = ReferenceCheck.FillAll((ResNet)BackboneCatalogue.Create(name, options, new Initializer(1)));
        var seen = new Dictionary<string, float[]>();
        var map = network.forward(NamedWeights.Input(64), (name, tensor) => seen[name] = tensor.ToFloats());
        seen["avg"] = map.mean([2L, 3L]).ToFloats();
        ReferenceCheck.Like(first, mean, deviation, seen[layer]);
    }

    [Theory]
    [InlineData("resnet-18", 11_176_512, "layer4.1.bn2.running_var", "layer2.0.downsample.0.weight")]
    [InlineData("resnet-34", 21_284_672, "layer3.5.conv2.weight", "layer4.0.downsample.1.bias")]
    [InlineData("resnet-50", 23_508_032, "layer1.0.downsample.0.weight", "layer4.2.conv3.weight")]
    [InlineData("resnet-18-cntk", 15_897_152, "layer4.2.conv2.weight", "layer4.0.downsample.0.weight")]
    public void Parameters_are_as_many_as_published_and_named_alike(string name, long parameters, params string[] names)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(parameters, ParameterCount.Of(name));
        var network = BackboneCatalogue.Create(name, new JsonObject { ["width"] = 1 }, new Initializer(1));
        Assert.All((string[])["conv1.weight", "bn1.running_mean", .. names], tensor => Assert.Contains(tensor, network.state_dict().Keys));
    }

    [Theory]
    [InlineData(32, 1)]
    [InlineData(33, 2)]
    [InlineData(64, 2)]
    [InlineData(100, 4)]
    [InlineData(224, 7)]
    public void Output_sides(int side, int expected)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = BackboneCatalogue.Create("resnet-50", new JsonObject { ["inputSize"] = side, ["width"] = 2 }, new Initializer(1));
        network.eval();
        Assert.Equal(expected, network.FeatureMapSide);
        Assert.Equal([1, 64, expected, expected], network.call(zeros([1, 3, side, side])).shape);
    }

    [Theory]
    [InlineData("inputSize", 31)]
    [InlineData("depth", 20)]
    [InlineData("width", 0)]
    [InlineData("extraBlocks", -1)]
    public void Options_out_of_range_are_refused(string option, int value) =>
        Assert.Throws<RecipeException>(() =>
            BackboneCatalogue.Create("resnet-18", new JsonObject { [option] = value }, new Initializer(1)));

    [Fact]
    public void Frozen_batch_norms_do_not_learn()
    {
        using var scope = NewDisposeScope();
        foreach (var frozen in new[] { true, false })
        {
            var options = new JsonObject { ["inputSize"] = 32, ["width"] = 4, ["freezeBatchNorm"] = frozen };
            var network = BackboneCatalogue.Create("resnet-18", options, new Initializer(1));
            network.train();
            network.KeepFrozen();
            network.call(randn([4, 3, 32, 32])).sum().backward();
            Assert.Equal(frozen, network.state_dict()["layer4.1.bn2.running_mean"].ToFloats().All(v => v == 0));
            Assert.Equal(frozen ? 20 : 60, network.named_parameters().Count(p => p.parameter.grad is not null));
        }
    }
}
