using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class LossCatalogueTests
{
    private static readonly LossShape Shape = new(5, 8);

    public static TheoryData<string> Names => [.. LossCatalogue.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_loss_gives_finite_gradients_to_embeddings_and_proxies(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var loss = LossCatalogue.Create(name, Shape, null, 1);
        foreach (var labels in new long[][] { [0, 0, 1, 1, 4], [2, 2, 2, 2, 2], [0, 1, 2, 3, 4], [3] })
        {
            var embeddings = randn([labels.Length, 8]).requires_grad_(true);
            var value = loss.Compute(embeddings, labels);
            Assert.Empty(value.shape);
            value.backward();
            Assert.All(loss.parameters().Select(p => p.grad).Append(embeddings.grad), g => Assert.All(g!.data<float>().ToArray(), v => Assert.True(float.IsFinite(v))));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_loss_falls_under_gradient_descent(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var loss = LossCatalogue.Create(name, Shape, null, 1);
        var embeddings = randn([10, 8]).requires_grad_(true);
        long[] labels = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4];
        var first = loss.Compute(embeddings, labels).item<float>();
        for (var i = 0; i < 100; i++)
        {
            embeddings.grad = null;
            loss.Compute(embeddings, labels).backward();
            using var noGradient = no_grad();
            embeddings.sub_(embeddings.grad! * 0.01);
        }

        Assert.True(loss.Compute(embeddings, labels).item<float>() < 0.5 * first);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_loss_refuses_what_does_not_fit(string name)
    {
        using var scope = NewDisposeScope();
        var loss = LossCatalogue.Create(name, Shape, null, 1);
        Assert.Throws<ArgumentException>(() => loss.Compute(zeros([2, 7]), [0, 1]));
        Assert.Throws<ArgumentException>(() => loss.Compute(zeros([2, 8]), [0]));
        Assert.Throws<ArgumentException>(() => loss.Compute(zeros([2, 8]), [0, 5]));
        Assert.Throws<ArgumentException>(() => loss.Compute(zeros([2, 8]), [0, -1]));
        Assert.Equal(0, loss.Compute(zeros([0, 8]), []).item<float>());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_misspelt_option_is_an_error_that_names_the_right_ones(string name)
    {
        var error = Assert.Throws<RecipeException>(() => LossCatalogue.Create(name, Shape, new JsonObject { ["alhpa"] = 3 }, 1));
        Assert.Contains("alpha", error.Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => LossCatalogue.Create(name, Shape, new JsonObject { ["alpha"] = "much" }, 1));
        Assert.Throws<RecipeException>(() => LossCatalogue.Create(name, Shape, new JsonObject { ["alpha"] = -1 }, 1));
    }

    [Fact]
    public void An_unknown_name_is_an_error_that_lists_the_known()
    {
        var error = Assert.Throws<RecipeException>(() => LossCatalogue.Create("proxyanchor", Shape, null, 1));
        Assert.Contains("proxy-anchor", error.Message, StringComparison.Ordinal);
    }
}
