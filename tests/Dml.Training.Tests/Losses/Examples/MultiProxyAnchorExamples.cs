using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;

namespace Dml.Training.Tests.Losses.Examples;

internal static class MultiProxyAnchorExamples
{
    private static readonly double[] Proxies = [.9, .1, .5, .6, .2, .8, -.5, .6, -.7, .4, -.6, -.6];

    internal static IEnumerable<WorkedExample> All =>
    [
        Of("soft", 28.5245706909, Proxies, new(),
            [-.00000997, .00004985, -5.15069232, 6.18083079, -7.11141727, -2.37047242, 5.42152482, -.49286589],
            [.01306406, -.11757651, -6.02069740, 5.01724783, 7.42045845, -1.85511461, -.02310806, -.01925672]),
        Of("log-sum-exp", 28.5428280093, Proxies, new() { Aggregation = MultiProxyAnchor.Aggregation.LogSumExp }, [], []),
        Of("max", 28.5403914670, Proxies, new() { Aggregation = MultiProxyAnchor.Aggregation.Max }, [], []),
        Of("soft, both proxies of a class equal", 21.8943532256, [.9, .1, .9, .1, .2, .8, .2, .8, -.7, .4, -.7, .4], new(), [], []),
    ];

    private static WorkedExample Of(
        string variant, double expected, double[] proxies, MultiProxyAnchor.Options options, double[] rows, double[] ofProxies)
        => new("multi-proxy-anchor", variant, expected, at => MultiProxyAnchor.Value(at[0], FourLabels, at[1], options),
            ExampleInput.Rows(FourRawRows, 2, rows), new(proxies, [3, 2, 2], ofProxies))
        { Decimals = 8 };
}
