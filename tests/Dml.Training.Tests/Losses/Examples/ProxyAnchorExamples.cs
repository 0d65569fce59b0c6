using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;

namespace Dml.Training.Tests.Losses.Examples;

internal static class ProxyAnchorExamples
{
    private static readonly double[] Proxies = [.9, .1, .2, .8, -.7, .4];

    internal static IEnumerable<WorkedExample> All =>
    [
        new("proxy-anchor", "published constants", 21.8943532256, at => ProxyAnchor.Value(at[0], FourLabels, at[1], 32, .1),
            ExampleInput.Rows(FourRawRows, 2, -.00000992, .00004962, -5.15858737, 6.19030485, -7.11227131, -2.37075710, 9.42236525,
                -.85657866),
            ExampleInput.Rows(Proxies, 2, -1.27445543, 11.47009889, 7.40415083, -1.85103771, 4.37695151, 7.65966515)) { Decimals = 8 },
        new("proxy-anchor", "alpha 4", 3.1130755655, at => ProxyAnchor.Value(at[0], FourLabels, at[1], 4, .1),
            ExampleInput.Rows(FourRawRows, 2, -.04196674, .20983370, -.57169500, .68603400, -.55669061, -.18556353, .55809593, -.05073599),
            ExampleInput.Rows(Proxies, 2, -.12004450, 1.08040053, 1.06178424, -.26544606, .57554138, 1.00719741)) { Decimals = 8 },
        new("soft-orthogonal-proxies", "penalty of unit proxies", 1.6952654232,
            at => ProxyAnchorSoftOrthogonal.Penalty(at[0], normalize: true),
            ExampleInput.Rows(Proxies, 2, .07296885, -.65671963, .30948408, -.07737102, -.53009602, -.92766803)) { Decimals = 8 },
        new("soft-orthogonal-proxies", "penalty of raw proxies", 1.1535, at => ProxyAnchorSoftOrthogonal.Penalty(at[0], normalize: false),
            ExampleInput.Rows(Proxies, 2, 1.212, -.184, .176, -.632, -1.0, -.220)) { Decimals = 8 },
    ];
}
