using Dml.Training.Backbones;
using Dml.Training.Evaluation;
using Dml.Training.Tests.Backbones;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Evaluation;

public sealed class GroupInferenceTests
{
    [Fact]
    public void Beta_normalisation_lets_length_count_a_little()
    {
        float[] rows = [3, 4, 0, 0, -6, 8];
        BetaNormalization.Apply(rows, 2, .004);
        Assert.All(rows.Zip([.612, .816, 0, 0, -.624, .832]), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
    }

    [Theory]
    [InlineData("googlenet")]
    [InlineData("googlenet-caffe")]
    [InlineData("bn-inception")]
    public void The_map_before_the_last_relu_is_the_map_but_for_it(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = SmallNetworks.Create(name);
        SmallNetworks.Disturb(network);
        network.SetTraining(false);
        var backbone = (LayeredBackbone)network.Backbone;
        manual_seed(1);
        var input = randn([2, 3, 32, 32]);
        var map = backbone.BeforeLastRelu(input);
        Assert.Equal(backbone.call(input).ToFloats(), map.relu().ToFloats());
        Assert.Contains(map.ToFloats(), v => v < 0);
    }

    [Theory]
    [InlineData(.5, 0)]
    [InlineData(.6, 1)]
    [InlineData(.57, .75)]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    public void Pooling_is_the_loops(double greatest, double slope)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        float[] map = [.. Enumerable.Range(0, 2 * 3 * 4 * 5).Select(_ => (float)(random.NextDouble() - .6))];
        var pooled = new MixedPooling(greatest, slope).Pool(tensor(map, [2, 3, 4, 5])).data<float>().ToArray();
        float[] expected = [.. map.Chunk(20).Select(channel =>
        {
            double[] active = [.. channel.Select(v => v < 0 ? v * slope : v)];
            return (float)((greatest * active.Max()) + ((1 - greatest) * active.Average()));
        })];
        Assert.All(expected.Zip(pooled), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }
}
