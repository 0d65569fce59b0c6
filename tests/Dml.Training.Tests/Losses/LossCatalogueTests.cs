using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Tests.Losses;

public sealed class LossCatalogueTests
{
    // Ten pictures of five classes with everything that a loss may use.
    private static readonly LossShape Shape = new(5, 8)
    {
        PictureLabels = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4],
        PictureLabelSets = [[0], [0, 5], [1], [1, 5], [2], [2, 6], [3], [3, 6], [4], [4]],
        PictureModalities = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
        TeacherVectors = [.. Enumerable.Range(0, 10)
            .Select(i => Enumerable.Range(0, 6).Select(d => d == i / 2 ? 1f : d == 5 ? i % 2 * .1f : 0).ToArray())],
    };

    public static TheoryData<string> Names => [.. LossCatalogue.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_loss_gives_finite_gradients_to_embeddings_and_proxies(string name)
    {
        using var scope = NewDisposeScope();
        using var loss = LossCatalogue.Create(name, Shape, Small(name), 1);
        foreach (var pictures in (int[][])[
            [0, 1, 2, 3, 8], [4, 5], [4, 4, 4, 4, 4], [0, 2, 4, 6, 8], [3], [], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]])
        {
            foreach (var embeddings in (Tensor[])[
                Random(pictures.Length), zeros([pictures.Length, 8]), ones([pictures.Length, 8]), Random(pictures.Length) * 1e3])
            {
                embeddings.requires_grad_(true);
                var value = loss.Compute(Batch(embeddings, pictures));
                Assert.Empty(value.shape);
                Assert.True(float.IsFinite(value.item<float>()));
                value.backward();
                Assert.NotNull(embeddings.grad);
                // A parameter that the batch does not use has no gradient.
                Assert.All(loss.parameters().Select(p => p.grad).Append(embeddings.grad).OfType<Tensor>(),
                    g => Assert.True(g.isfinite().all().item<bool>()));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Descent_separates_the_classes(string name)
    {
        using var scope = NewDisposeScope();
        using var loss = LossCatalogue.Create(name, Shape, Small(name), 1);
        int[] pictures = [.. Enumerable.Range(0, 10)];
        var embeddings = Random(10).requires_grad_(true);
        var parameters = loss.parameters().Where(p => p.requires_grad).ToArray();
        var before = Separation(embeddings);
        for (var i = 0; i < 200; i++)
        {
            embeddings.grad = null;
            loss.zero_grad();
            loss.Compute(Batch(embeddings, pictures)).backward();
            using var noGradient = no_grad();
            // All steps have the same length, because the gradients of the methods differ by a factor of a thousand.
            foreach (var leaf in parameters.Append(embeddings).Where(leaf => leaf.grad is not null))
            {
                leaf.sub_(leaf.grad! / (leaf.grad!.norm() + 1e-6) * 0.1);
            }
        }

        Assert.True(Separation(embeddings) > before + 0.05,
            $"cosines within classes minus those between: {before:F3} before, {Separation(embeddings):F3} after");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_loss_refuses_what_does_not_fit(string name)
    {
        using var scope = NewDisposeScope();
        using var loss = LossCatalogue.Create(name, Shape, null, 1);
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
        var options = MethodOptions.Write(LossCatalogue.All.Single(m => m.Name == name).Defaults);
        var error = Assert.Throws<RecipeException>(() => LossCatalogue.Create(name, Shape, new JsonObject { ["alhpa"] = 3 }, 1));
        Assert.All(options, option => Assert.Contains(option.Key, error.Message, StringComparison.Ordinal));
        Assert.All(options, option => Assert.Throws<RecipeException>(
            () => LossCatalogue.Create(name, Shape, new JsonObject { [option.Key] = new JsonObject { ["no"] = "sense" } }, 1)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_option_that_is_not_a_number_is_refused(string name)
    {
        var options = MethodOptions.Write(LossCatalogue.All.Single(m => m.Name == name).Defaults);
        // Learning rates are checked by the trainer.
        var numbers = options.Where(o => o.Value?.GetValueKind() == JsonValueKind.Number
            && !o.Key.EndsWith("LearningRateFactor", StringComparison.Ordinal)).Select(o => o.Key);
        Assert.All(numbers, number => Assert.Throws<RecipeException>(
            () => LossCatalogue.Create(name, Shape, new JsonObject { [number] = "NaN" }, 1)));
    }

    [Fact]
    public void An_unknown_name_is_an_error_that_lists_the_known()
    {
        var error = Assert.Throws<RecipeException>(() => LossCatalogue.Create("proxyanchor", Shape, null, 1));
        Assert.Contains("proxy-anchor", error.Message, StringComparison.Ordinal);
    }

    private static Tensor Random(int count) => new RandomBatch(2, count, 8).ToTensor().to(float32);

    // Smaller sizes where the published ones would take minutes.
    private static JsonObject? Small(string name) => name switch
    {
        "hier" => new() { ["proxies"] = 12, ["triplets"] = 5, ["nearest"] = 4 },
        // With more, the two pictures of a class may each keep to a centre of their own.
        "sub-center-arcface" => new() { ["centres"] = 1 },
        _ => null,
    };

    private static LossBatch Batch(Tensor embeddings, int[] pictures)
        => new(embeddings, [.. pictures.Select(p => (long)Shape.PictureLabels[p])]) { Pictures = pictures };

    // The mean cosine within classes minus that between classes, over the ten pictures.
    private static double Separation(Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        var rows = F.normalize(embeddings.detach());
        var pairs = LabelPairs.Of([.. Shape.PictureLabels.Select(l => (long)l)], rows.device);
        var cosines = rows.matmul(rows.t());
        return (MaskedSums.Mean(cosines, pairs.Positive) - MaskedSums.Mean(cosines, pairs.Negative)).item<float>();
    }
}
