using Dml.Training.Losses;
using Dml.Training.Losses.SelfPaced;
using Dml.Training.Tests.Trainer;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.SelfPaced;

/// <summary>Not run in parallel with other tests, because libtorch has one random generator per process.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class BalancedSelfPacedTests
{
    private static readonly PairCosts Costs = new(2, 40, .5);

    [Fact]
    public void Worked_example_of_the_objective_its_gradient_and_a_step()
    {
        using var scope = NewDisposeScope();
        var weights = tensor([1, 1, .5, 1]);
        var pictures = Pictures(.1);
        Assert.Equal(-.164593, pictures.Objective(weights, .3), 1e-6);
        var all = arange(4);
        ReferenceBatch.Close([-.016379, .006093, .028629, -.070714], pictures.Gradient(weights, all, all, .3) / 4, 1e-6);
        pictures.Descend(weights, .3, 1, 128, 512);
        ReferenceBatch.Close([1, .987814, .442742, 1], weights, 1e-6);
        Assert.Equal(-.166215, pictures.Objective(weights, .3), 1e-6);
    }

    [Theory]
    [InlineData(.1, .1, new[] { 1, 0, 0, 1.0 })]
    [InlineData(.2, .1, new[] { 1, .4531, 0, 1 })]
    [InlineData(.3, .1, new[] { 1, .9531, 0, 1 })]
    [InlineData(.4, .1, new[] { 1, 1, .4274, 1 })]
    [InlineData(.6, .1, new[] { 1, 1, 1, 1.0 })]
    [InlineData(.2, 0, new[] { 1, 1, 0, 1.0 })]
    public void Worked_examples_of_weights_that_have_settled(double age, double balance, double[] expected)
    {
        using var scope = NewDisposeScope();
        var weights = ones(4, float64);
        Pictures(balance).Descend(weights, age, 1500, 128, 512);
        ReferenceBatch.Close(expected, weights, 1e-3);
    }

    [Fact]
    public void The_gradient_equals_the_differences_of_the_objective()
    {
        const int count = 12, classes = 3, dimension = 4;
        var random = new Random(2);
        using var scope = NewDisposeScope();
        var rows = nn.functional.normalize(
            tensor(Enumerable.Range(0, count * dimension).Select(_ => random.NextDouble() - .5).ToArray(), [count, dimension]));
        int[] labels = [.. Enumerable.Range(0, count).Select(i => i % 5 % classes)];
        var pictures = new PictureWeights(rows, labels, classes, Costs, .7);
        double[] at = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];
        var gradient = pictures.Gradient(tensor(at), arange(count), arange(count), .3).data<double>().ToArray();
        for (var i = 0; i < count; i++)
        {
            double Moved(double by)
            {
                double[] moved = [.. at];
                moved[i] += by;
                return pictures.Objective(tensor(moved), .3);
            }

            Assert.Equal(count * (Moved(1e-5) - Moved(-1e-5)) / 2e-5, gradient[i], 1e-6);
        }
    }

    [Theory]
    [InlineData(BalancedSelfPaced.Form.Pairwise)]
    [InlineData(BalancedSelfPaced.Form.Denoising)]
    public void The_loss_equals_its_formula_written_as_loops_and_its_gradients_the_differences(BalancedSelfPaced.Form form)
    {
        const int count = 8, dimension = 3;
        var random = new Random(5);
        double[] rows = [.. Enumerable.Range(0, count * dimension).Select(_ => random.NextDouble() - .5)];
        long[] labels = [0, 0, 1, 2, 1, 0, 2, 2];
        double[] weights = [1, 0, .3, .8, 1, .5, 1, .2];
        using var scope = NewDisposeScope();
        Tensor Of(Tensor at) => BalancedSelfPaced.Value(at, labels, tensor(weights), Costs, form);
        double Product(int i, int j) => Enumerable.Range(0, dimension).Sum(d => rows[(i * dimension) + d] * rows[(j * dimension) + d]);
        double sum = 0;
        for (var i = 0; i < count; i++)
        {
            double pull = 1, push = 1;
            for (var j = 0; j < count; j++)
            {
                var apart = Product(i, j) - .5;
                if (i == j)
                {
                    continue;
                }

                if (form == BalancedSelfPaced.Form.Pairwise)
                {
                    sum += weights[i] * weights[j] * (
                        labels[i] == labels[j] ? Math.Log(1 + Math.Exp(-2 * apart)) / 2 : Math.Log(1 + Math.Exp(40 * apart)) / 40);
                }
                else if (labels[i] == labels[j])
                {
                    pull += weights[j] * Math.Exp(-2 * apart);
                }
                else
                {
                    push += weights[j] * Math.Exp(40 * apart);
                }
            }

            sum += form == BalancedSelfPaced.Form.Denoising ? weights[i] * ((Math.Log(pull) / 2) + (Math.Log(push) / 40)) : 0;
        }

        Assert.Equal(sum / (form == BalancedSelfPaced.Form.Denoising ? count : count * count),
            Of(tensor(rows, [count, dimension])).item<double>(), 1e-9);
        Gradients.CheckByDifferences(Of, rows, count, dimension);
    }

    [Fact]
    public void A_class_that_lost_its_pairs_gets_its_two_easiest_pictures_back()
    {
        using var scope = NewDisposeScope();
        var pictures = new PictureWeights(tensor([1.0, 0, 1, 0, 1, 0, 1, 0, 1, 0], [5, 2]), [0, 0, 0, 1, 1], 2, Costs, .1);
        var weights = tensor([0, .5, 0, .2, .3]);
        pictures.KeepPairs(weights, tensor([3.0, 2, 1, 5, 5]));
        ReferenceBatch.Close([0, 1, 1, .2, .3], weights, 0);
    }

    [Fact]
    public void A_batch_without_weight_costs_nothing()
    {
        using var scope = NewDisposeScope();
        var rows = ReferenceBatch.Leaf(FourRows, 4, 2);
        foreach (var form in Enum.GetValues<BalancedSelfPaced.Form>())
        {
            var value = BalancedSelfPaced.Value(rows, FourLabels, zeros(4, float64), Costs, form);
            value.backward();
            Assert.Equal(0, value.item<double>());
        }

        Assert.All(rows.grad!.data<double>().ToArray(), g => Assert.Equal(0, g));
    }

    [Fact]
    public void Wrongly_labelled_pictures_end_with_less_weight_than_right_ones()
    {
        const int classes = 6, each = 30, count = classes * each, features = 16, dimension = 8;
        using var scope = NewDisposeScope();
        manual_seed(11);
        var random = new Random(11);
        var centres = randn([classes, features]);
        int[] truth = [.. Enumerable.Range(0, count).Select(i => i % classes)];
        bool[] wrong = [.. truth.Select(_ => random.NextDouble() < .2)];
        int[] labels = [.. truth.Select((label, i) => wrong[i] ? (label + random.Next(1, classes)) % classes : label)];
        var pictures = centres.index_select(0, tensor(truth.Select(l => (long)l).ToArray())) + (randn([count, features]) * .5);
        var loss = new BalancedSelfPaced(new LossShape(classes, dimension) { PictureLabels = labels }, new() { NoiseRate = .2 });
        var map = (randn([features, dimension]) * .3).requires_grad_(true);
        for (var epoch = 0; epoch < 12; epoch++)
        {
            using (NewDisposeScope())
            {
                loss.BeginEpoch(new EpochStart(epoch, 12, () => pictures.matmul(map.detach())));
            }

            foreach (var batch in Enumerable.Range(0, count).Chunk(60))
            {
                using var step = NewDisposeScope();
                map.grad = null;
                var rows = pictures.index_select(0, tensor(batch.Select(i => (long)i).ToArray())).matmul(map);
                loss.Compute(new LossBatch(rows, [.. batch.Select(i => (long)labels[i])]) { Pictures = batch }).backward();
                using var noGradient = no_grad();
                map.sub_(map.grad! * 1.0);
            }
        }

        var weights = loss.state_dict()["weights"].data<float>().ToArray();
        var pairs = from i in Enumerable.Range(0, count)
                    where wrong[i]
                    from j in Enumerable.Range(0, count)
                    where !wrong[j]
                    select Math.Sign(weights[j] - weights[i]);
        var area = pairs.Average(sign => (sign + 1) / 2.0);
        Assert.True(area > .8, $"area under the curve {area:F3}");
        var ofWrong = Enumerable.Range(0, count).Where(i => wrong[i]).Average(i => weights[i]);
        var ofRight = Enumerable.Range(0, count).Where(i => !wrong[i]).Average(i => weights[i]);
        Assert.True(ofWrong < .5 * ofRight);
    }

    private static PictureWeights Pictures(double balance)
        => new(tensor(FourRows, [4, 2]), [.. FourLabels.Select(l => (int)l)], 2, Costs, balance);
}
