using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class RelationalDistillationTests
{
    private static double Huber(double a, double b) => Math.Abs(a - b) < 1 ? (a - b) * (a - b) / 2 : Math.Abs(a - b) - .5;

    [Theory]
    [InlineData(1, 7, false)]
    [InlineData(2, 19, true)]
    public void Equals_the_loops(int seed, int count, bool distinct)
    {
        var (student, teacher) = (new RandomBatch(seed, count, 3), new RandomBatch(seed + 50, count, 5, unit: true));
        double Mean(RandomBatch batch) => batch.All.Sum(i => batch.All.Sum(j => batch.Distance(i, j))) / (count * (count - 1));
        var (own, others) = (Mean(student), Mean(teacher));
        var distances = student.All.Sum(i => student.All.Sum(j => Huber(student.Distance(i, j) / own, teacher.Distance(i, j) / others)));
        double Angle(RandomBatch batch, int i, int j, int k)
            => i == j || i == k ? 0 : Enumerable.Range(0, batch.Dimension)
                .Sum(d => (batch.Rows[j][d] - batch.Rows[i][d]) * (batch.Rows[k][d] - batch.Rows[i][d]))
                / batch.Distance(i, j) / batch.Distance(i, k);
        var angles = student.All.Sum(
            i => student.All.Sum(j => student.All.Sum(k => Huber(Angle(student, i, j, k), Angle(teacher, i, j, k)))));
        var (pairs, triples) = distinct ? (count * (count - 1.0), count * (count - 1.0) * (count - 2))
            : (Math.Pow(count, 2), Math.Pow(count, 3));
        student.Check((.5 * distances / pairs) + (3 * angles / triples),
            s => RelationalDistillation.Value(
                s, teacher.ToTensor(), new() { DistanceWeight = .5, AngleWeight = 3, DistinctMean = distinct }));
    }

    [Fact]
    public void Embeddings_that_are_one_point_and_batches_of_two_cost_no_distances()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, RelationalDistillation.OfDistances(ones([4, 2]), randn([4, 3])).item<float>());
        Assert.Equal(0, RelationalDistillation.Value(tensor([1.0, 0, 0, 3], [2, 2]), tensor([1.0, 0, 1, 1], [2, 2]), new()).item<double>(),
            1e-12);
    }

    [Fact]
    public void A_base_loss_is_added_and_keeps_its_learning_rates()
    {
        using var scope = NewDisposeScope();
        var shape = new LossShape(2, 3) { TeacherVectors = [[1, 0], [0, 1], [.6f, .8f]], PictureLabels = [0, 0, 1] };
        var batch = new LossBatch(tensor([1f, 0, 0, 0, 1, 0, .3f, .2f, .9f], [3, 3]), [0, 0, 1]) { Pictures = [0, 1, 2] };
        using var alone = LossCatalogue.Create("relational-distillation", shape, null, 1);
        using var proxies = LossCatalogue.Create("proxy-anchor", shape, null, 1);
        using var both = LossCatalogue.Create("relational-distillation", shape, new() { ["base"] = "proxy-anchor" }, 1);
        Assert.Equal(alone.Compute(batch).item<float>() + proxies.Compute(batch).item<float>(), both.Compute(batch).item<float>(), 1e-4f);
        Assert.Equal(100, both.LearningRateFactorOf(both.named_parameters().Single().name));
    }

    [Fact]
    public void Rows_have_length_1_as_they_are_searched_unless_asked_otherwise()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = (new RandomBatch(1, 5, 3), new RandomBatch(2, 5, 4, unit: true));
        var shape = new LossShape(2, 3)
        {
            TeacherVectors = [.. teacher.Rows.Select(row => row.Select(v => (float)v).ToArray())],
            PictureLabels = [0, 0, 0, 0, 0],
        };
        double Value(JsonObject? options) => LossCatalogue.Create("relational-distillation", shape, options, 1)
            .Compute(new LossBatch(student.ToTensor(), new long[5]) { Pictures = [0, 1, 2, 3, 4] }).item<double>();
        double Of(Tensor rows) => RelationalDistillation.Value(rows, teacher.ToTensor(), new()).item<double>();
        double[] unit = [.. student.All.SelectMany(i => student.Rows[i].Select(v => v / student.Length(i)))];
        Assert.Equal(Of(tensor(unit, [5, 3])), Value(null), 1e-6);
        Assert.Equal(Of(student.ToTensor()), Value(new() { ["normalize"] = false }), 1e-6);
        Assert.NotEqual(Value(null), Value(new() { ["normalize"] = false }), 1e-3);
    }

    [Fact]
    public void Without_a_teacher_it_says_what_to_do()
        => Assert.Contains("teacher",
            Assert.Throws<RecipeException>(() => LossCatalogue.Create("relational-distillation", new(2, 2), new JsonObject(), 1)).Message,
            StringComparison.Ordinal);
}
