using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

// The two-margin contrastive loss in wrappers, computed with PyTorch in double precision from the formulas, written as loops.
internal static class MemoryExamples
{
    internal static IEnumerable<WorkedExample> All =>
    [
        new("cross-batch-memory", "contrastive, three rows remembered, weight 0.5", 1.2197438892, at => WithMemory(at[0]),
            ExampleInput.Rows(FourRawRows, 2, .14338687, -.71693436, -1.46425499, 1.75710598, -.561399, -.187133, 1.68361315, -.15305574))
        { Decimals = 7 },
        new("regularized", "contrastive, zero-mean, weight 0.1", .7879965354,
            at => LossCatalogue.Create("regularized", new(2, 2), null, 1).Compute(at[0], FourLabels),
            ExampleInput.Rows(FourRawRows, 2, .11819618, -.4409809, -1.12950793, 1.41040951, -.46440747, -.13813582, 1.29927516, -.0908432))
        { Decimals = 7 },
    ];

    private static Tensor WithMemory(Tensor rows)
    {
        var loss = LossCatalogue.Create("cross-batch-memory", new(2, 2), new() { ["weight"] = .5, ["warmupSteps"] = 0 }, 1);
        loss.Compute(tensor([.3, -.2, .5, .4, -.9, .1], [3, 2]), [1, 0, 1]);
        return loss.Compute(rows, FourLabels);
    }
}
