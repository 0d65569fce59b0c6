using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Losses.Wrappers;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Wrappers;

public sealed class CrossBatchMemoryTests
{
    public static TheoryData<string> Names => [.. LossCatalogue.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Around_a_loss_that_takes_references_it_learns_and_others_it_refuses(string name)
    {
        using var scope = NewDisposeScope();
        var shape = new LossShape(3, 4)
        {
            PictureLabels = [0, 1, 2],
            PictureLabelSets = [[0], [1], [2]],
            TeacherVectors = [[1], [1], [1]],
            PictureModalities = [0, 1, 0],
        };
        using var plain = LossCatalogue.Create(name, shape, null, 1);
        var options = new JsonObject { ["base"] = name, ["warmupSteps"] = 0, ["size"] = 6 };
        if (!plain.TakesReferences || name == "regularized")
        {
            // The default base of regularized takes references; the others compare the rows of a batch only.
            if (name != "regularized")
            {
                Assert.Contains(name, Assert.Throws<RecipeException>(
                    () => LossCatalogue.Create("cross-batch-memory", shape, options, 1)).Message, StringComparison.Ordinal);
            }

            return;
        }

        using var loss = LossCatalogue.Create("cross-batch-memory", shape, options, 1);
        var rows = new RandomBatch(3, 6, 4).ToTensor().to(float32).requires_grad_(true);
        long[] labels = [0, 1, 2, 0, 1, 2];
        manual_seed(1);
        var first = loss.Compute(rows.detach() * -1, labels).item<float>();
        manual_seed(1);
        Assert.Equal(plain.Compute(rows.detach() * -1, labels).item<float>(), first, 1e-5f);
        var second = loss.Compute(rows, labels);
        second.backward();
        Assert.True(rows.grad!.isfinite().all().item<bool>());
        Assert.True(rows.grad!.abs().sum().item<float>() > 0);
        manual_seed(1);
        Assert.NotEqual(plain.Compute(rows.detach(), labels).item<float>(), second.item<float>(), 1e-5f);
    }

    [Fact]
    public void The_queue_forgets_the_oldest_rows_first_and_fills_after_the_warm_up()
    {
        using var scope = NewDisposeScope();
        var loss = LossCatalogue.Create("cross-batch-memory", new(9, 1), new() { ["size"] = 5, ["warmupSteps"] = 1 }, 1);
        void Add(params float[] rows) => loss.Compute(tensor(rows, [rows.Length, 1]), [.. rows.Select(r => (long)r)]);
        Add(8, 8, 8);
        Assert.All(loss.state_dict()["rows"].ToFloats(), v => Assert.Equal(0, v));
        Add(1, 2, 3);
        Assert.Equal([1f, 2, 3, 0, 0], loss.state_dict()["rows"].ToFloats());
        Add(4, 5, 6);
        Assert.Equal([6f, 2, 3, 4, 5], loss.state_dict()["rows"].ToFloats());
        Assert.Equal([6L, 2, 3, 4, 5], loss.state_dict()["classes"].data<long>().ToArray());
        Add(1, 2, 3, 4, 5, 6, 7);
        Assert.Equal([3f, 4, 5, 6, 7], loss.state_dict()["rows"].ToFloats().Order());
    }

    [Fact]
    public void What_is_remembered_gets_no_gradient_and_no_graph_stays()
    {
        using var scope = NewDisposeScope();
        var loss = new CrossBatchMemory(new(2, 2), new() { WarmupSteps = 0 }, new(1));
        var before = tensor([1f, 0, 0, 1], [2, 2]).requires_grad_(true);
        loss.Compute(before, [0, 1]);
        var after = tensor([.8f, .6f, .6f, .8f], [2, 2]).requires_grad_(true);
        loss.Compute(after, [0, 1]).backward();
        Assert.Null(before.grad);
        Assert.All(loss.state_dict().Values, t => Assert.False(t.requires_grad));
    }
}
