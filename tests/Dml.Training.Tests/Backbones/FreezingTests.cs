using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Network;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

public sealed class FreezingTests
{
    public static TheoryData<string> Names => SmallNetworks.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Stages_are_apart_and_cover_everything_but_tokens(string backbone)
    {
        using var scope = NewDisposeScope();
        var network = SmallNetworks.Create(backbone).Backbone;
        var stages = network
            .state_dict()
            .Keys.ToLookup(name => string.Join(' ', network.Stages.Where(s => name.StartsWith(s, StringComparison.Ordinal))));
        Assert.Equal(network.Stages.Order(), stages.Select(s => s.Key).Where(key => key.Length > 0).Order());
        Assert.All(stages[""], name => Assert.Contains(name, network.WithoutWeightDecay));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Frozen_stages_neither_learn_nor_keep_statistics(string backbone)
    {
        using var scope = NewDisposeScope();
        var network = SmallNetworks.Create(backbone);
        network.Backbone.FreezeStages(2);
        network.SetTraining(true);
        var frozen = network.Backbone.Stages.Take(2).Select(s => "backbone." + s).ToList();
        var before = network.state_dict().ToDictionary(t => t.Key, t => t.Value.ToFloats());
        manual_seed(1);
        (network.call(randn([4, 3, 32, 32])) * randn([4, 16])).sum().backward();
        foreach (var (name, parameter) in network.named_parameters())
        {
            Assert.Equal(frozen.Any(s => name.StartsWith(s, StringComparison.Ordinal)), parameter.grad is null);
        }

        foreach (var (name, statistic) in network.state_dict().Where(t => t.Key.EndsWith("running_mean", StringComparison.Ordinal)))
        {
            Assert.Equal(frozen.Any(s => name.StartsWith(s, StringComparison.Ordinal)), before[name].SequenceEqual(statistic.ToFloats()));
        }
    }

    [Theory]
    [InlineData("googlenet")]
    [InlineData("bn-inception")]
    public void Frozen_batch_norms_keep_statistics_scales_and_shifts(string backbone)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        foreach (var frozen in new[] { true, false })
        {
            var network = EmbeddingNetwork.Create(
                backbone, new JsonObject { ["inputSize"] = 32, ["freezeBatchNorm"] = frozen }, new JsonObject { ["dimension"] = 8 }, 1);
            network.SetTraining(true);
            network.call(randn([4, 3, 32, 32])).sum().backward();
            Assert.All(network.state_dict().Where(t => t.Key.EndsWith("running_mean", StringComparison.Ordinal)), t =>
                Assert.Equal(frozen, t.Value.ToFloats().All(v => v == 0)));
            var norms = network.named_parameters().Where(p => p.name.Contains("bn.", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(norms);
            Assert.All(norms, p => Assert.Equal(frozen, p.parameter.grad is null));
        }
    }

    [Fact]
    public void More_stages_than_there_are_is_an_error_that_names_them()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<RecipeException>(() => SmallNetworks.Create("googlenet").Backbone.FreezeStages(5));
        Assert.Contains("conv, inception3, inception4, inception5", error.Message, StringComparison.Ordinal);
    }
}
