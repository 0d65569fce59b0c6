using Dml.Training.Losses.Wrappers;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

internal static class WrapperExamples
{
    // The representatives come first: the first and the last of the four rows.
    private static readonly double[] Rows =
        [FourRows[0], FourRows[1], FourRows[6], FourRows[7], FourRows[2], FourRows[3], FourRows[4], FourRows[5]];
    private static readonly long[] Labels = [0, 1, 0, 1];

    internal static IEnumerable<WorkedExample> All =>
    [
        new("alternating-projections", "contrastive", 1.021801,
            at => AlternatingProjections.Contrastive(RepresentativePairs.Of(at[0], Labels, []), 0, 1),
            ExampleInput.Rows(Rows, 2, -.289100, .420086, -.5, 0, -.158114, .474342, .947214, -.894427)),
        new("alternating-projections", "triplet", .42, at => AlternatingProjections.Triplet(RepresentativePairs.Of(at[0], Labels, []), .2),
            ExampleInput.Rows(Rows, 2, (3, [1.6, -.8]))),
        // Whose ancestor is drawn is no function of the inputs that has a derivative.
        new("hier", "two triplets, of which one has its ancestors out of order", .9182665233, at => Hierarchy(at[0], at[1], 18),
            ExampleInput.Rows(FourRawRows, 2, -1.38820857, .27670005, -1.41787948, .45875657, .00244514, .00030798, 0, 0),
            ExampleInput.Rows([.9, .4, -.1, .5, .1, .1], 2, 1.38324370, -.51593279, .98176424, -.21972253, .58225607, -.03885449))
        { Decimals = 7, IsWholeGradient = false },
        new("hier", "two triplets whose ancestors are in order", 0, at => Hierarchy(at[0], at[1], 0),
            ExampleInput.Rows(FourRawRows, 2, 0, 0, 0, 0, 0, 0, 0, 0), ExampleInput.Rows([.9, .4, -.1, .5, .1, .1], 2, 0, 0, 0, 0, 0, 0)),
    ];

    private static Tensor Hierarchy(Tensor rows, Tensor proxies, double noise)
    {
        Tensor Points(Tensor tangents) => HierarchicalRegularization.Points(tangents, .1, 2.3);
        var distances = PoincareBall.Distances(Points(rows), Points(proxies), .1);
        Tensor Of(params long[] places) => distances.index_select(0, tensor(places));
        var drawn = (tensor([0, noise, 0, 0, 0, 0], [2, 3]), zeros([2, 3], float64));
        return HierarchyTerm.Values(Of(0, 2), Of(1, 3), Of(2, 0), drawn, .1, .1).mean();
    }
}
