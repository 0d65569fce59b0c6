using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dml.Api.Map;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

public sealed class MapTests : IDisposable
{
    private const int Dimension = 24;
    private const int Clusters = 6;
    private const int PerCluster = 40;
    private const int Seed = 5;
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Neighbours_are_those_of_a_full_sort()
    {
        const int k = 7;
        var vectors = ClusteredVectors();
        var count = vectors.Length / Dimension;

        var near = NearestNeighbors.Find(vectors, Dimension, k, _ => { }, Cancel);

        for (var i = 0; i < count; i++)
        {
            var sorted = Enumerable.Range(0, count).Where(j => j != i).OrderBy(j => Distance(vectors, i, j)).Take(k).ToArray();
            Assert.Equal(sorted, near.Others.AsSpan(i * k, k).ToArray());
            Assert.All(Enumerable.Range(0, k), n => Assert.Equal(Distance(vectors, i, sorted[n]), near.Distances[(i * k) + n], 1e-5));
        }
    }

    [Fact]
    public void Principal_axes_are_the_eigenvectors_of_most_variance()
    {
        var centred = PrincipalAxes.Centre(ClusteredVectors(), Dimension);
        var covariance = Covariance(centred);

        var axes = PrincipalAxes.Find(centred, Dimension, Cancel);

        var values = axes.Select(axis => Rayleigh(covariance, axis)).ToArray();
        foreach (var (axis, value) in axes.Zip(values))
        {
            // An eigenvector comes back as itself, longer by its eigenvalue.
            var image = Times(covariance, axis);
            Assert.All(Enumerable.Range(0, Dimension), i => Assert.Equal(value * axis[i], image[i], 2e-3 * values[0]));
        }

        Assert.Equal(0, axes[0].Zip(axes[1], (a, b) => (double)a * b).Sum(), 1e-5);
        Assert.True(values[0] >= values[1]);
        // What is left of the trace is spread over the other axes, none of which may have more than the second.
        var random = new Random(Seed);
        for (var trial = 0; trial < 200; trial++)
        {
            var direction = Direction(random);
            foreach (var axis in axes)
            {
                var overlap = axis.Zip(direction, (a, b) => (double)a * b).Sum();
                direction = [.. direction.Zip(axis, (value, part) => value - (float)(overlap * part))];
            }

            Assert.True(Rayleigh(covariance, direction) <= values[1] * 1.001, $"seed {Seed}, trial {trial}");
        }
    }

    [Fact]
    public void Every_item_has_the_same_sum_of_weights()
    {
        const int k = 15;
        var near = NearestNeighbors.Find(ClusteredVectors(), Dimension, k, _ => { }, Cancel);

        var directed = NeighborGraph.Directed(near);
        var edges = NeighborGraph.Weigh(near);

        Assert.All(Enumerable.Range(0, directed.Length / k), item =>
        {
            var weights = directed.AsSpan(item * k, k).ToArray();
            Assert.Equal(Math.Log2(k), weights.Sum(), 1e-3);
            Assert.Equal(1, weights[0]);
            Assert.Equal(weights.OrderDescending(), weights);
        });
        var joined = new Dictionary<(int, int), double>();
        for (var i = 0; i < directed.Length; i++)
        {
            var (item, other) = (i / k, near.Others[i]);
            var pair = (Math.Min(item, other), Math.Max(item, other));
            joined[pair] = joined.TryGetValue(pair, out var first) ? first + directed[i] - (first * directed[i]) : directed[i];
        }

        Assert.Equal(joined.Count, edges.Count);
        Assert.All(edges, edge =>
            Assert.Equal(joined[(Math.Min(edge.One, edge.Other), Math.Max(edge.One, edge.Other))], edge.Weight, 1e-6));
    }

    [Fact]
    public void The_curve_fits_its_target()
    {
        for (var distance = 0.0; distance <= 3; distance += 0.01)
        {
            var target = distance <= 0.5 ? 1 : Math.Exp(0.5 - distance);
            var curve = 1 / (1 + (GraphLayout.A * Math.Pow(distance, 2 * GraphLayout.B)));
            Assert.Equal(target, curve, 0.09);
        }
    }

    [Fact]
    public void Neighbours_of_the_space_are_neighbours_on_the_map()
    {
        var vectors = ClusteredVectors();

        var map = Projection.Of(vectors, Dimension, _ => { }, Cancel);
        var again = Projection.Of(vectors, Dimension, _ => { }, Cancel);

        Assert.Equal(map, again);
        Assert.All(map, coordinate => Assert.InRange(coordinate, 0f, 1f));
        var (trust, trustOfAxes) = (
            Trustworthiness(vectors, map), Trustworthiness(vectors, PrincipalAxes.Project(vectors, Dimension, Cancel)));
        Assert.True(trust > 0.9, $"trustworthiness {trust:F3}");
        Assert.True(trust > trustOfAxes, $"{trust:F3}, of the principal axes alone {trustOfAxes:F3}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Few_and_equal_vectors_have_a_place_too(int count)
    {
        var vectors = Enumerable.Repeat(Direction(new Random(Seed)), count).SelectMany(vector => vector).ToArray();

        var map = Projection.Of(vectors, Dimension, _ => { }, Cancel);

        Assert.Equal(2 * count, map.Length);
        Assert.All(map, coordinate => Assert.InRange(coordinate, 0f, 1f));
    }

    [Fact]
    public void It_ends_when_it_is_told()
    {
        using var stop = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => Projection.Of(
            ClusteredVectors(),
            Dimension,
            done =>
            {
                if (done > 0.5)
                {
                    stop.Cancel();
                }
            },
            stop.Token));
    }

    [Fact]
    public async Task The_map_shows_every_item_and_follows_the_generation()
    {
        _folder.AddModel("second", seed: 2, dimension: 48);
        await using var service = await TestService.StartAsync(_folder);
        await LabelledCatalogue.FillAsync(service.Client);

        using (var first = await service.Http.GetAsync("map", Cancel))
        {
            Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        }

        var map = await WaitAsync(service.Http);

        Assert.Equal((1, LabelledCatalogue.Items), ((int)map["generation"]!, (int)map["items"]!));
        Assert.Equal(
            Enumerable.Range(0, LabelledCatalogue.Items).Select(i => $"i{i:d2}"),
            map["points"]!.AsArray().Select(point => (string)point!["id"]!).Order());
        Assert.All(map["points"]!.AsArray(), point => Assert.StartsWith("label ", (string)point!["label"]!, StringComparison.Ordinal));

        var job = await service.Client.RollOutAsync("second", Cancel);
        await service.Client.WaitForJobAsync(job.Id, Cancel);
        var next = await WaitAsync(service.Http);
        Assert.Equal((2, "second"), ((int)next["generation"]!, (string)next["model"]!));
    }

    private static async Task<JsonObject> WaitAsync(HttpClient http)
    {
        return (await Eventually.SeeAsync(LookAsync, map => map is not null, "the map", Cancel))!;

        async Task<JsonObject?> LookAsync()
        {
            using var answer = await http.GetAsync("map", Cancel);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                return await answer.Content.ReadFromJsonAsync<JsonObject>(Cancel);
            }

            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            return null;
        }
    }

    // Venna and Kaski 2001: one, less a penalty for each map neighbour by how far it is from being one in the space.
    private static double Trustworthiness(float[] vectors, float[] map)
    {
        const int k = 10;
        var count = map.Length / 2;
        var penalty = 0;
        for (var i = 0; i < count; i++)
        {
            var others = Enumerable.Range(0, count).Where(j => j != i).ToArray();
            var rank = others
                .OrderBy(j => Distance(vectors, i, j))
                .Select((j, place) => (j, place))
                .ToDictionary(pair => pair.j, pair => pair.place + 1);
            penalty += others
                .OrderBy(j => Math.Pow(map[2 * i] - map[2 * j], 2) + Math.Pow(map[(2 * i) + 1] - map[(2 * j) + 1], 2))
                .Take(k)
                .Sum(j => Math.Max(0, rank[j] - k));
        }

        return 1 - (2.0 * penalty / (count * k * ((2 * count) - (3 * k) - 1)));
    }

    private static float[] ClusteredVectors()
    {
        var random = new Random(Seed);
        var vectors = new List<float>();
        for (var cluster = 0; cluster < Clusters; cluster++)
        {
            var centre = Direction(random);
            for (var i = 0; i < PerCluster; i++)
            {
                var vector = centre.Zip(Direction(random), (a, b) => a + (0.7f * b)).ToArray();
                var length = MathF.Sqrt(vector.Sum(value => value * value));
                vectors.AddRange(vector.Select(value => value / length));
            }
        }

        return [.. vectors];
    }

    private static float[] Direction(Random random)
    {
        var direction = Enumerable.Range(0, Dimension).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var length = MathF.Sqrt(direction.Sum(value => value * value));
        return [.. direction.Select(value => value / length)];
    }

    private static double Distance(float[] vectors, int i, int j)
    {
        var dot = 0.0;
        for (var d = 0; d < Dimension; d++)
        {
            dot += (double)vectors[(i * Dimension) + d] * vectors[(j * Dimension) + d];
        }

        return 1 - dot;
    }

    private static double[,] Covariance(float[] centred)
    {
        var covariance = new double[Dimension, Dimension];
        for (var start = 0; start < centred.Length; start += Dimension)
        {
            for (var i = 0; i < Dimension; i++)
            {
                for (var j = 0; j < Dimension; j++)
                {
                    covariance[i, j] += (double)centred[start + i] * centred[start + j];
                }
            }
        }

        return covariance;
    }

    private static double[] Times(double[,] matrix, float[] vector) =>
        [.. Enumerable.Range(0, Dimension).Select(i => Enumerable.Range(0, Dimension).Sum(j => matrix[i, j] * vector[j]))];

    private static double Rayleigh(double[,] matrix, float[] vector) =>
        Times(matrix, vector).Zip(vector, (a, b) => a * b).Sum() / vector.Sum(value => (double)value * value);
}
