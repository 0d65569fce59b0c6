using Dml.Training.Losses.Gaussian;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

internal static class GaussianExamples
{
    internal static IEnumerable<WorkedExample> All =>
    [
        new("gaussian-subspaces", "sigma 0.5", .0297342878, at => Of(at[0], .5, GaussianSubspaces.Mixing.None, []),
            ExampleInput.Rows(FourRawRows, 2, -.01231419, .01339527, -.13004433, .09842259, .05326703, -.04297232, .08909149, -.06884554))
                { Decimals = 8 },
        new("gaussian-subspaces", "sigma 1", .2526670314, at => Of(at[0], 1, GaussianSubspaces.Mixing.None, []),
            ExampleInput.Rows(FourRawRows, 2, -.11992955, .08862252, -.15708046, .11545374, .13069441, -.09639714, .14631560, -.10767911))
                { Decimals = 8 },
        new("gaussian-subspaces", "numbers mixed within classes", .0221982043,
            at => Of(at[0], .5, GaussianSubspaces.Mixing.LiteralIndices, [1, 0, 3, 2]),
            ExampleInput.Rows(FourRawRows, 2, Array.Empty<double>())) { Decimals = 8 },
        new("gaussian-subspaces", "numbers mixed across classes", .3209096229,
            at => Of(at[0], .5, GaussianSubspaces.Mixing.LiteralIndices, [2, 3, 0, 1]),
            ExampleInput.Rows(FourRawRows, 2, Array.Empty<double>())) { Decimals = 8 },
        new("gaussian-subspaces", "targets mixed across classes", .0231139479,
            at => Of(at[0], .5, GaussianSubspaces.Mixing.Soft, [2, 3, 0, 1]), ExampleInput.Rows(FourRawRows, 2, Array.Empty<double>()))
            { Decimals = 8 },
    ];

    private static Tensor Of(Tensor rows, double sigma, GaussianSubspaces.Mixing mixing, long[] order)
        => GaussianSubspaces.Value(rows, FourLabels, sigma, mixing, .7, order, crossEntropy: false);
}
