using System.Text.Json.Nodes;
using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Batches;

public sealed class RepresentativeSamplerTests
{
    private const int Classes = 12;

    // Class sizes 1 to 5.
    private static readonly int[] Labels = [.. Enumerable.Range(0, Classes).SelectMany(c => Enumerable.Repeat(c, 1 + (c % 5)))];

    [Theory]
    [InlineData("systematic")]
    [InlineData("systematic-hard-class")]
    public void Batches_begin_with_the_representatives_of_their_classes_which_stay_for_their_lifetime(string name)
    {
        var sampler = Make(name, new() { ["classes"] = 5, ["pictures"] = 3, ["lifetime"] = 2, ["passes"] = 2 });
        var seen = new Dictionary<int, HashSet<int>>();
        for (var epoch = 0; epoch < 10; epoch++)
        {
            (sampler as IAdaptiveSampler)?.BeginEpoch(Start(epoch));
            var first = sampler.Epoch(epoch).SelectMany(batch => batch[..5]).Distinct().ToArray();
            Assert.Equal(first.Length, first.Select(p => Labels[p]).Distinct().Count());
            if (epoch % 2 == 1)
            {
                Assert.All(first, p =>
                    Assert.DoesNotContain(
                        p,
                        seen.Where(s => s.Key != epoch / 2)
                            .Where(s => Labels.Count(l => l == Labels[p]) > epoch / 2)
                            .SelectMany(s => s.Value)));
            }

            seen[epoch / 2] = [.. seen.GetValueOrDefault(epoch / 2, []), .. first];
            foreach (var batch in sampler.Epoch(epoch))
            {
                var classes = batch[..5].Select(p => Labels[p]).ToArray();
                Assert.Equal(5, classes.Distinct().Count());
                // Class by class in the same order, one picture of each at a time.
                Assert.Equal(Enumerable.Repeat(classes, 3).SelectMany(c => c), batch.Select(p => Labels[p]));
                Assert.All(batch[5..].Select((p, i) => (p, c: i % 5)), s =>
                    Assert.Equal(Labels.Count(l => l == classes[s.c]) == 1, s.p == batch[s.c]));
            }
        }

        Assert.All(seen, s => Assert.Equal(s.Value.Count, s.Value.Select(p => Labels[p]).Distinct().Count()));
    }

    [Fact]
    public void A_systematic_pass_visits_every_class()
    {
        var batches = Make("systematic", new() { ["classes"] = 5, ["pictures"] = 2, ["passes"] = 1 }).Epoch(3);
        Assert.Equal(3, batches.Count);
        Assert.Equal(Classes, batches.SelectMany(b => b).Select(p => Labels[p]).Distinct().Count());
    }

    [Fact]
    public void Worked_example_of_the_nearest_classes()
        => Assert.Equal([1, 3], SystematicHardClassSampler.Nearest([[0, 0], [.3f, 0], [0, 1.1f], [.7f, 0]], 0, 2));

    [Fact]
    public void Hard_batches_hold_the_nearest_classes_of_one_of_theirs()
    {
        var sampler = (IAdaptiveSampler)Make(
            "systematic-hard-class",
            new()
            {
                ["classes"] = 4,
                ["pictures"] = 2,
                ["nearest"] = 2,
                ["passes"] = 5,
            }
        );
        sampler.BeginEpoch(Start(0));
        // On the circle of the embeddings the nearest classes are the neighbours.
        Assert.All(sampler.Epoch(0), batch =>
        {
            int[] classes = [.. batch[..4].Select(p => Labels[p])];
            Assert.Equal(
                [1, 1], classes[1..3].Select(c => Math.Min((c - classes[0] + Classes) % Classes, (classes[0] - c + Classes) % Classes)));
        });
        Assert.Equal(sampler.Epoch(0).SelectMany(b => b), sampler.Epoch(0).SelectMany(b => b));
    }

    private static ISampler Make(string name, JsonObject options) =>
        Catalogue.Find("sampler", SamplerCatalogue.All, name).Make(options)(new(Labels, Classes, 7));

    // Classes evenly on a circle.
    private static EpochStart Start(int epoch) =>
        new(epoch, 10, () =>
            tensor(
                Labels
                    .SelectMany(c => (float[])[(float)Math.Cos(2 * Math.PI * c / Classes), (float)Math.Sin(2 * Math.PI * c / Classes)])
                    .ToArray(),
                [Labels.Length, 2]));
}
