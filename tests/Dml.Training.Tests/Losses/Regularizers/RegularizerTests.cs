using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Losses.Regularizers;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Regularizers;

public sealed class RegularizerTests
{
    private static readonly double[] Rows = [1, .2, .6, .5, -.3, .9, .1, 1.1], Vectors = [.9, .1, .2, .8, -.7, .4];

    public static TheoryData<string> Names => [.. RegularizerCatalogue.All.Select(m => m.Name)];

    // Computed with PyTorch in double precision.
    [Theory]
    [InlineData("zero-mean", """{}""", 1.025,
        new[] { .25, .25, .25, .25, .25, .25, .25, .25 })]
    [InlineData("zero-mean", """{ "ofBatch": true }""", .7926672135,
        new[] { -.03681836, .18409182, -.07505124, .09006149, .18326886, .06108962, .08993776, -.00817616 })]
    [InlineData("lp", """{ "p": 3, "power": 2 }""", .8834760367,
        new[] { .49867373, .01994695, .2576446, .17891986, -.04939753, .44457779, .00454432, .54986233 })]
    [InlineData("regular-face", """{}""", .3223728787,
        new[] { -.07621344, .68592093, .35772533, -.08943133, .19746686, .345567 })]
    [InlineData("centre-invariant", """{}""", .0013722222,
        new[] { .031, .00344444, -.00244444, -.00977778, .01555556, -.00888889 })]
    public void Worked_examples(string name, string options, double expected, double[] gradient)
    {
        using var scope = NewDisposeScope();
        var regularizer = RegularizerCatalogue.Create(new(name) { Options = JsonNode.Parse(options)!.AsObject() });
        var at = regularizer.NeedsClassVectors ? Vectors : Rows;
        Tensor Cost(Tensor t) => regularizer.Cost(regularizer.NeedsClassVectors ? tensor(Rows, [4, 2]) : t, t);
        var leaf = ReferenceBatch.Leaf(at, at.Length / 2, 2);
        var cost = Cost(leaf);
        ReferenceBatch.Close([expected], cost, 1e-8);
        cost.backward();
        ReferenceBatch.Close(gradient, leaf.grad, 2e-8);
        Gradients.CheckByDifferences(Cost, at, at.Length / 2, 2);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Around_any_loss_it_adds_its_cost_and_learns(string name)
    {
        using var scope = NewDisposeScope();
        var shape = new LossShape(2, 2);
        var rows = tensor(Rows, [4, 2]).to(float32);
        EmbeddingLoss Of(double weight) => LossCatalogue.Create(
            "regularized", shape, new() { ["base"] = "proxy-anchor", ["regularizer"] = name, ["weight"] = weight }, 1);
        float Value(double weight) => Of(weight).Compute(rows, [0, 0, 1, 1]).item<float>();
        var (none, some, twice) = (Value(0), Value(.5), Value(1));
        Assert.Equal(LossCatalogue.Create("proxy-anchor", shape, null, 1).Compute(rows, [0, 0, 1, 1]).item<float>(), none, 1e-5f);
        Assert.NotEqual(none, some, 1e-7f);
        Assert.Equal(2 * (some - none), twice - none, 1e-4f);
        Assert.Equal(100, Of(1).LearningRateFactorOf(Of(1).named_parameters().Single().name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_and_vectors_of_zeros_and_a_single_class_give_finite_gradients(string name)
    {
        using var scope = NewDisposeScope();
        var regularizer = RegularizerCatalogue.Create(new(name));
        foreach (var count in (long[])[1, 3])
        {
            var leaf = zeros(count, 2).requires_grad_(true);
            regularizer.Cost(leaf, leaf).backward();
            Assert.True(leaf.grad!.isfinite().all().item<bool>());
        }
    }

    [Theory]
    [InlineData("regular-face")]
    [InlineData("centre-invariant")]
    public void A_loss_without_vectors_of_classes_is_refused(string name) =>
        Assert.Contains("proxies", Assert.Throws<RecipeException>(() => LossCatalogue.Create(
            "regularized", new(2, 2), new() { ["base"] = "contrastive", ["regularizer"] = name }, 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_recipe_is_written_out_with_the_regularizers_options()
    {
        var choice = LossCatalogue.Resolve(new("regularized") { Options = new() { ["regularizer"] = "lp" } });
        Assert.Equal("""{"name":"lp","p":2,"power":1}""", choice.Options["regularizer"]!.ToJsonString());
    }
}
