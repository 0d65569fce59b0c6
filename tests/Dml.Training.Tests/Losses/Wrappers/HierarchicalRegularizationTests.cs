using Dml.Training.Losses;
using Dml.Training.Losses.Wrappers;
using Dml.Training.Tests.Trainer;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Wrappers;

/// <summary>Not run in parallel with other tests, because libtorch has one random generator per process.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class HierarchicalRegularizationTests
{
    private const double C = .1;
    private static readonly double[] Rows = [1, .2, .6, .5, -.3, .9, .1, 1.1], Proxies = [.9, .4, -.1, .5, .1, .1];

    [Fact]
    public void Worked_example_of_the_ball()
    {
        using var scope = NewDisposeScope();
        var clipped = PoincareBall.Clip(tensor([1, .2, .6, .5, -.3, .9, 3, 4], [4, 2]), 2.3);
        ReferenceBatch.Close([1, .2, .6, .5, -.3, .9, 1.37999724, 1.83999632], clipped);
        var points = PoincareBall.FromTangent(clipped, C);
        ReferenceBatch.Close([.96671721, .19334344, .58809051, .49007542, -.29131261, .87393784, 1.17907007, 1.57209343], points);
        var distances = PoincareBall.Distances(points, points, C);
        ReferenceBatch.Close([1.03891162], distances[0, 1]);
        ReferenceBatch.Close([3.02993516], distances[0, 2]);
        ReferenceBatch.Close([4.05898914], distances[2, 3]);
        ReferenceBatch.Close([0], distances[1, 1]);
    }

    [Fact]
    public void Distances_are_those_of_the_arccosh_form_but_for_the_published_constant()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var points = PoincareBall.FromTangent(randn([12, 5], float64), C);
        var distances = PoincareBall.Distances(points, points, C).data<double>().ToArray();
        var rows = points.data<double>().ToArray().Chunk(5).ToArray();
        double Squared(double[] x) => x.Sum(v => v * v);
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j < rows.Length; j++)
            {
                var apart = Squared([.. rows[i].Zip(rows[j], (x, y) => x - y)]);
                var exact = Math.Acosh(1 + (2 * C * apart / ((1 - (C * Squared(rows[i]))) * (1 - (C * Squared(rows[j])))))) / Math.Sqrt(C);
                Assert.Equal(exact, distances[(i * 12) + j], 5e-4 * Math.Max(1, exact));
            }
        }

        // The distance from the centre is twice the length of the tangent vector.
        Assert.Equal(2 * Math.Sqrt(.61),
            PoincareBall.Distances(zeros([1, 2], float64), PoincareBall.FromTangent(tensor([.6, .5], [1, 2]), C), C).item<double>(), 1e-4);
    }

    [Fact]
    public void Gradients_of_the_ball_are_the_differences_and_finite_where_there_are_none()
    {
        Tensor Value(Tensor rows)
        {
            var points = PoincareBall.FromTangent(PoincareBall.Clip(rows, 2.3), C);
            var weights = Enumerable.Range(0, 16).Select(i => i % 5 == 0 ? 0 : Math.Cos(i)).ToArray();
            return (PoincareBall.Distances(points, points, C) * tensor(weights, [4, 4])).sum();
        }

        Gradients.CheckByDifferences(Value, [1, .2, .6, .5, -.3, .9, 3, 4], 4, 2);
        using var scope = NewDisposeScope();
        var leaf = ReferenceBatch.Leaf([0, 0, 1, 1, 1, 1, 1e6, -1e6], 4, 2);
        Value(leaf).backward();
        Assert.All(leaf.grad!.data<double>().ToArray(), g => Assert.True(double.IsFinite(g)));
    }

    [Fact]
    public void Worked_example_of_the_selection()
    {
        using var scope = NewDisposeScope();
        var points = HierarchicalRegularization.Points(tensor(Rows, [4, 2]), C, 2.3);
        var reciprocity = HierarchyTriplets.Reciprocity(HierarchicalRegularization.DataSimilarities(points, [0, 0, 1, 1], C), 3);
        ReferenceBatch.Close([-1, 1, 0, .5, 1, -1, .5, 1, 0, .5, -1, 1, .5, 1, 1, -1], reciprocity, 0);
        manual_seed(1);
        var triplets = HierarchyTriplets.Draw(HierarchicalRegularization.DataSimilarities(points, [0, 0, 1, 1], C), 3, 40);
        Assert.Equal(Enumerable.Repeat(1L, 40).Concat(Enumerable.Repeat(3L, 40)), triplets.Anchors.data<long>().ToArray());
        Assert.Equal([0L, 3], triplets.Positives.data<long>().ToArray()[..40].Distinct().Order());
        Assert.Equal([2L], triplets.Others.data<long>().ToArray()[..40].Distinct());
    }

    [Fact]
    public void Worked_example_of_the_cost()
    {
        using var scope = NewDisposeScope();
        var (rows, proxies) = (ReferenceBatch.Leaf(Rows, 4, 2), ReferenceBatch.Leaf(Proxies, 3, 2));
        var distances = ToProxies(rows, proxies);
        ReferenceBatch.Close([.47660547, 2.31066887, 1.81198542, .65145040, 1.42305074, 1.28063212, 2.68369993, .89551181, 1.79094278,
            2.23581123, 1.27037983, 2.00128498], distances);
        Assert.All(Costs(distances, zeros([2, 3], float64)).data<double>().ToArray(), v => Assert.Equal(0, v));
        var costs = Costs(distances, tensor([0.0, 18, 0, 0, 0, 0], [2, 3]));
        ReferenceBatch.Close([1.83653305, 0], costs);
        costs.mean().backward();
        ReferenceBatch.Close([-1.38820857, .27670005, -1.41787948, .45875657, .00244514, .00030798, 0, 0], rows.grad);
        ReferenceBatch.Close([1.38324370, -.51593279, .98176424, -.21972253, .58225607, -.03885449], proxies.grad);
    }

    // Multi-similarity over all pairs, of points of the ball with the gradient of its metric; computed with PyTorch in double precision.
    [Fact]
    public void The_base_sees_the_points_of_the_ball_with_the_gradient_of_its_metric()
    {
        using var scope = NewDisposeScope();
        var rows = ReferenceBatch.Leaf([1, .2, .6, .5, -.3, .9, 3, 4], 4, 2);
        var options = new HierarchicalRegularization.Options
        {
            Base = new("multi-similarity") { Options = new() { ["mining"] = false } },
            Weight = 0,
        };
        var value = new HierarchicalRegularization(new(2, 2), options, new(1)).Compute(rows, [0, 0, 1, 1]);
        ReferenceBatch.Close([.5505628138], value, 1e-9);
        value.backward();
        ReferenceBatch.Close([-.00354933, .01774666, -.03493695, .04192434, -.03984766, -.01328255, .00713306, -.0053498], rows.grad, 1e-8);
    }

    [Fact]
    public void Ancestors_are_clipped_at_every_step()
    {
        using var scope = NewDisposeScope();
        var rows = tensor([1, .2, .6, .5, -.3, .9, .1, 1.1], [4, 2]);
        var loss = new HierarchicalRegularization(new(2, 2), new() { Base = new("contrastive"), Proxies = 6, Nearest = 3 }, new(1));
        var ancestors = loss.state_dict()["ancestors"];
        float Value(Tensor tangents)
        {
            using var noGradient = no_grad();
            ancestors.copy_(tangents);
            manual_seed(4);
            return loss.Compute(rows, [0, 0, 1, 1]).to(float32).item<float>();
        }

        var angles = arange(6);
        var unit = stack([angles.cos(), angles.sin()], 1);
        Assert.Equal(Value(unit * 2.3), Value(unit * 40), 1e-4f);
        Assert.NotEqual(Value(unit * 1.1), Value(unit * 2.3), 1e-3f);
    }

    [Fact]
    public void Chunks_give_the_value_and_gradient_of_all_triplets_at_once()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var distances = (rand([30, 7], float64) * 3).requires_grad_(true);
        Tensor Places() => randint(30, [5000]);
        var triplets = new HierarchyTriplets(Places(), Places(), Places());
        manual_seed(6);
        var mean = HierarchyTerm.Mean(distances, triplets, .1, .1);
        mean.backward();
        var gradient = distances.grad!.clone();
        distances.grad = null;
        manual_seed(6);
        var whole = zeros([], float64);
        for (var first = 0; first < 5000; first += HierarchyTerm.Chunk)
        {
            var length = Math.Min(HierarchyTerm.Chunk, 5000 - first);
            Tensor Gumbel() => -(-rand([length, 7]).clamp(min: 1e-20).log()).clamp(min: 1e-20).log().to(float64);
            Tensor Of(Tensor places) => distances.index_select(0, places.narrow(0, first, length));
            var noise = (Gumbel(), Gumbel());
            whole = whole + HierarchyTerm.Values(Of(triplets.Anchors), Of(triplets.Positives), Of(triplets.Others), noise, .1, .1).sum();
        }

        (whole / 5000).backward();
        Assert.Equal((whole / 5000).item<double>(), mean.item<double>(), 1e-12);
        Assert.True(mean.item<double>() > 0);
        ReferenceBatch.Close(distances.grad!.data<double>().ToArray(), gradient, 1e-12);
    }

    [Fact]
    public void A_hierarchy_of_one_proxy_or_rows_without_neighbours_add_nothing_to_the_base()
    {
        using var scope = NewDisposeScope();
        var rows = randn([4, 6]);
        var shape = new LossShape(4, 6);
        var plain = LossCatalogue.Create("multi-similarity", shape, null, 1).Compute(rows, [0, 0, 1, 1]).item<float>();
        Assert.Equal(plain, LossCatalogue.Create("hier", shape, new() { ["base"] = "multi-similarity", ["proxies"] = 1 }, 1)
            .Compute(rows, [0, 0, 1, 1]).item<float>(), 1e-6f);
        Assert.Equal(0, LossCatalogue.Create("hier", shape, new() { ["base"] = "multi-similarity", ["proxies"] = 2 }, 1)
            .Compute(rows[..1], [2]).item<float>(), 1e-6f);
    }

    private static Tensor ToProxies(Tensor rows, Tensor proxies) => PoincareBall.Distances(
        HierarchicalRegularization.Points(rows, C, 2.3), PoincareBall.WithRiemannianGradient(PoincareBall.FromTangent(proxies, C), C), C);

    private static Tensor Costs(Tensor distances, Tensor noise)
    {
        Tensor Of(params long[] places) => distances.index_select(0, tensor(places));
        return HierarchyTerm.Values(Of(0, 2), Of(1, 3), Of(2, 0), (noise, zeros_like(noise)), .1, .1);
    }
}
