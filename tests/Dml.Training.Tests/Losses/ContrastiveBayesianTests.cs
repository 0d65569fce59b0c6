using Dml.Training.Losses;

namespace Dml.Training.Tests.Losses;

public sealed class ContrastiveBayesianTests
{
    [Theory]
    [InlineData(1, ContrastiveBayesian.Form.Log)]
    [InlineData(2, ContrastiveBayesian.Form.Root)]
    [InlineData(3, ContrastiveBayesian.Form.Constant)]
    public void Equals_the_loops(int seed, ContrastiveBayesian.Form form)
    {
        var batch = new RandomBatch(seed, 12, unit: true);
        double F(double sum) => form switch
        {
            ContrastiveBayesian.Form.Log => Math.Log(sum),
            ContrastiveBayesian.Form.Root => Math.Sqrt(sum),
            _ => 1 + (.25 * (sum - 1)),
        };
        double expected = 0;
        foreach (var i in batch.All.Where(i => batch.Positives(i).Length > 0 && batch.Negatives(i).Length > 0))
        {
            double[] positives = [.. batch.Positives(i).Select(j => batch.Dot(i, j))];
            double[] negatives = [.. batch.Negatives(i).Select(j => batch.Dot(i, j))];
            double[] nears = [.. positives.Where(s => s - .1 < negatives.Max())];
            double[] fars = [.. negatives.Where(s => s + .1 > positives.Min())];
            if (nears.Length > 0 && fars.Length > 0)
            {
                var mean = (.2 * positives.Average()) + (.8 * negatives.Average());
                expected += F(1 + nears.Sum(s => Math.Exp(-(s - .5) / .5))) + F(1 + fars.Sum(s => Math.Exp((s - 1) / .05)))
                    + (.3 * negatives.Sum(s => (s - mean) * (s - mean)));
            }
        }

        batch.Check(expected / batch.Count,
            rows => ContrastiveBayesian.Value(rows, batch.Labels, new() { Form = form, NegativeScale = .05, VarianceWeight = .3 }));
    }
}
