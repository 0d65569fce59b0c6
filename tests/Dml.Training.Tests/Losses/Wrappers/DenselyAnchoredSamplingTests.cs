using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Losses.Wrappers;
using Dml.Training.Tests.Trainer;
using Dml.Training.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Wrappers;

/// <summary>Not run in parallel with other tests, because libtorch has one random generator per process.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class DenselyAnchoredSamplingTests
{
    [Fact]
    public void Around_multi_similarity_it_scales_the_published_8_channels_and_keeps_copies_as_close_as_duplicates()
    {
        using var scope = NewDisposeScope();
        var options = new DenselyAnchoredSampling.Options();
        Assert.Equal(8, options.ScaledChannels);
        Assert.Equal(4, (options with { Base = new("contrastive") }).ScaledChannels);
        Assert.Equal(2, (options with { Channels = 2 }).ScaledChannels);
        // Copies equal to their rows: multi-similarity itself would leave them out as pictures of which there are two.
        var same = options with { Shift = 0, ScaleFrom = 1, ScaleTo = 1 };
        var rows = tensor([1f, 0, .8f, .6f, .6f, .8f, -.6f, .8f], [4, 2]);
        var got = new DenselyAnchoredSampling(new(2, 2), same, new(1)).Compute(rows, [0, 0, 1, 1]).item<float>();
        long[] labels = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1];
        var all = rows.repeat(4, 1);
        var plain = MultiSimilarity.Value(all, labels, new() { SkipDuplicates = false, MeanOverKept = true }).item<float>();
        Assert.Equal(plain, got, 1e-5f);
        Assert.NotEqual(MultiSimilarity.Value(all, labels, new()).item<float>(), got, 1e-4f);
    }

    [Fact]
    public void Worked_example_of_one_copy()
    {
        using var scope = NewDisposeScope();
        var loss = Create(new LossShape(2, 4), new() { Channels = 2, Normalize = false });
        loss.get_buffer("frequency")!.index_put_(tensor([0f, 3, 2, 0]), TensorIndex.Single(1));
        loss.Densify(new LossBatch(tensor([.1f, .7f, .1f, .7f], [1, 4]), [1]));
        Assert.Equal([0f, 0, 0, 0, 0, 4, 2, 1], loss.get_buffer("frequency")!.ToFloats());
        var positions = loss.get_buffer("frequency")!.narrow(0, 1, 1).topk(2).indexes;
        var row = tensor([.1, .7, .1, .7], [1, 4]);
        Tensor Copy(bool normalize)
            => DenselyAnchoredSampling.Copy(row, positions, tensor([1.5, .6], [1, 2]), tensor([.2, -.1, .3, 0], [1, 4]) * .01, normalize);
        ReferenceBatch.Close([.102, 1.049, .063, .7], Copy(false), 1e-12);
        ReferenceBatch.Close([.080518, .828073, .049732, .552575], Copy(true), 5e-7);
    }

    [Fact]
    public void Two_rows_of_a_class_leave_two_differences_and_a_full_bank_keeps_the_last()
    {
        using var scope = NewDisposeScope();
        var loss = Create(new LossShape(2, 2), new() { Bank = 3, Normalize = false });
        loss.Densify(new LossBatch(tensor([1f, 2, 4, 8], [2, 2]), [1, 1]));
        Assert.Equal([0f, 0, 0, 0, 0, 0, -3, -6, 3, 6, 0, 0], loss.get_buffer("bank")!.ToFloats());
        // Six differences of three rows; equal rows give none. The third place of the bank is filled first, then the oldest are replaced.
        loss.Densify(new LossBatch(tensor([0f, 0, 1, 0, 3, 0, 3, 0], [4, 2]), [1, 1, 1, 1]));
        Assert.Equal([2L + 3], [loss.get_buffer("stored")!.data<long>()[1]]);
        // The last three ordered differences other than zero, (2,1) = 2, (3,0) = 3 and (3,1) = 2, written from the third place on.
        Assert.Equal([0f, 0, 0, 0, 0, 0, 3, 0, 2, 0, 2, 0], loss.get_buffer("bank")!.ToFloats());
    }

    [Theory]
    [InlineData(1, true, true)]
    [InlineData(2, false, true)]
    [InlineData(3, true, false)]
    public void Equals_the_description_written_as_loops(int seed, bool normalize, bool detach)
    {
        const int classes = 4, dimension = 6, count = 9, copies = 2, channels = 3, bank = 4;
        using var scope = NewDisposeScope();
        var options = new DenselyAnchoredSampling.Options
        {
            Copies = copies,
            Channels = channels,
            Bank = bank,
            ScaleFrom = .5,
            ScaleTo = 2,
            Shift = .1,
            Normalize = normalize,
            Detach = detach,
        };
        var loss = Create(new LossShape(classes, dimension), options);
        var random = new Random(seed);
        var frequency = new int[classes, dimension];
        var banks = Enumerable.Range(0, classes).Select(_ => new List<double[]>()).ToArray();
        for (var step = 0; step < 3; step++)
        {
            long[] labels = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(classes))];
            double[][] rows = [.. labels.Select(
                _ => Enumerable.Range(0, dimension).Select(_ => (double)(float)(random.NextDouble() - .5)).ToArray())];
            manual_seed(seed + step);
            var dense = loss.Densify(new LossBatch(
                tensor(rows.SelectMany(r => r).Select(v => (float)v).ToArray(), [count, dimension]), labels));
            Assert.Equal(Enumerable.Repeat(labels, 1 + copies).SelectMany(l => l), dense.Labels);

            manual_seed(seed + step);
            double[][] real = [.. rows.Select(r => normalize ? Unit(r) : r)];
            Learn(real, labels, frequency, banks, channels, bank);
            List<double[]> expected = [.. real];
            for (var copy = 0; copy < copies; copy++)
            {
                var factors = rand([count, channels]).ToFloats();
                var places = rand(count).ToFloats();
                for (var i = 0; i < count; i++)
                {
                    var counts = Enumerable.Range(0, dimension).Select(k => (float)frequency[labels[i], k]).ToArray();
                    // The order of equal counts is unspecified.
                    var own = tensor(counts).topk(channels).indexes.data<long>().ToArray();
                    Assert.True(own.Min(k => counts[k]) >= Enumerable.Range(0, dimension).Where(k => !own.Contains(k)).Max(k => counts[k]));
                    double[] made = [.. real[i]];
                    for (var k = 0; k < channels; k++)
                    {
                        made[own[k]] *= (factors[(i * channels) + k] * 1.5) + .5;
                    }

                    var stored = banks[labels[i]];
                    if (stored.Count > 0)
                    {
                        var slot = stored[(int)(places[i] * stored.Count)];
                        made = [.. made.Select((v, k) => v + (.1 * slot[k]))];
                    }

                    expected.Add(normalize ? Unit(made) : made);
                }
            }

            var actual = dense.Embeddings.ToFloats();
            for (var i = 0; i < expected.Count; i++)
            {
                for (var k = 0; k < expected[i].Length; k++)
                {
                    Assert.True(Math.Abs(expected[i][k] - actual[(i * dimension) + k]) < 1e-5, $"step {step}, row {i}, channel {k}");
                }
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_reach_the_copies_only_where_they_are_not_detached(bool detach)
    {
        double[] at = [.4, -.3, .2, .9, .5, .1, -.6, .8];
        double Weight(int i) => Math.Sin(i + 1);
        using var scope = NewDisposeScope();
        Tensor Value(Tensor rows)
        {
            manual_seed(3);
            var loss = Create(new LossShape(2, 4), new() { Detach = detach, ScaleFrom = .5, ScaleTo = 2, Copies = 1 }).to(float64);
            var dense = loss.Densify(new LossBatch(rows, [0, 1])).Embeddings;
            return (dense.flatten() * tensor(Enumerable.Range(0, 16).Select(Weight).ToArray())).sum();
        }

        if (!detach)
        {
            Gradients.CheckByDifferences(Value, at, 2, 4);
            return;
        }

        var leaf = ReferenceBatch.Leaf(at, 2, 4);
        Value(leaf).backward();
        var real = ReferenceBatch.Leaf(at, 2, 4);
        (nn.functional.normalize(real).flatten() * tensor(Enumerable.Range(0, 8).Select(Weight).ToArray())).sum().backward();
        ReferenceBatch.Close(real.grad!.data<double>().ToArray(), leaf.grad, 1e-12);
    }

    [Fact]
    public void With_the_auxiliary_loss_the_real_rows_count_twice()
    {
        using var scope = NewDisposeScope();
        var shape = new LossShape(3, 4);
        var rows = randn([4, 4]);
        long[] labels = [0, 1, 1, 2];
        float Of(DenselyAnchoredSampling.Options given)
        {
            manual_seed(5);
            return Create(shape, given with { Base = new("proxy-anchor") }).Compute(rows, labels).item<float>();
        }

        var plain = LossCatalogue.Create("proxy-anchor", shape, null, 1).Compute(rows, labels).item<float>();
        Assert.Equal(plain + (.5 * Of(new())), Of(new() { Auxiliary = true, AuxiliaryWeight = .5 }), 1e-4);
        // Copies equal to their rows change no mean, and the sums of Proxy Anchor only by the logarithm of their number.
        Assert.True(Of(new() { ScaleFrom = 1, ScaleTo = 1, Shift = 0 }) > plain);
    }

    [Fact]
    public void The_base_keeps_its_learning_rates_and_its_options_are_checked()
    {
        using var scope = NewDisposeScope();
        JsonObject Of(string option) => new() { ["base"] = new JsonObject { ["name"] = "proxy-anchor", [option] = 8 } };
        var loss = LossCatalogue.Create("das", new LossShape(3, 4), Of("proxyLearningRateFactor"), 1);
        var (name, _) = Assert.Single(loss.named_parameters());
        Assert.Equal(8, loss.LearningRateFactorOf(name));
        Assert.Contains("alpha", Assert.Throws<RecipeException>(
            () => LossCatalogue.Create("das", new LossShape(3, 4), Of("alhpa"), 1)).Message, StringComparison.Ordinal);
        Assert.Contains("copies", Assert.Throws<RecipeException>(
            () => LossCatalogue.Create("das", new LossShape(3, 4), new() { ["copies"] = 0 }, 1)).Message, StringComparison.Ordinal);
        var resolved = LossCatalogue.Resolve(new MethodChoice("das") { Options = Of("alpha") }).Options["base"]!;
        Assert.Equal("proxy-anchor", resolved["name"]!.GetValue<string>());
        Assert.Equal(.1, resolved["delta"]!.GetValue<double>());
    }

    private static DenselyAnchoredSampling Create(LossShape shape, DenselyAnchoredSampling.Options options)
        => new(shape, options, new Initializer(1));

    private static double[] Unit(double[] row)
    {
        var length = Math.Sqrt(row.Sum(v => v * v));
        return [.. row.Select(v => v / length)];
    }

    private static void Learn(double[][] rows, long[] labels, int[,] frequency, List<double[]>[] banks, int channels, int bank)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            foreach (var k in Enumerable.Range(0, rows[i].Length).OrderByDescending(k => rows[i][k]).Take(channels))
            {
                frequency[labels[i], k]++;
            }
        }

        // In the order of the bank's places: the oldest difference is overwritten first.
        var written = Written.GetOrCreateValue(banks);
        for (var c = 0; c < banks.Length; c++)
        {
            var added = new List<double[]>();
            for (var i = 0; i < rows.Length; i++)
            {
                for (var j = 0; j < rows.Length; j++)
                {
                    var difference = rows[i].Zip(rows[j], (x, y) => x - y).ToArray();
                    if (i != j && labels[i] == c && labels[j] == c && difference.Any(v => v != 0))
                    {
                        added.Add(difference);
                    }
                }
            }

            foreach (var difference in added.TakeLast(bank))
            {
                var place = written.GetValueOrDefault(c) % bank;
                written[c] = written.GetValueOrDefault(c) + 1;
                if (place < banks[c].Count)
                {
                    banks[c][place] = difference;
                }
                else
                {
                    banks[c].Add(difference);
                }
            }
        }
    }

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<List<double[]>[], Dictionary<int, int>> Written = [];
}
