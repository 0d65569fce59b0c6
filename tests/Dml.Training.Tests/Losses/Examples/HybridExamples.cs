using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;

namespace Dml.Training.Tests.Losses.Examples;

internal static class HybridExamples
{
    internal static IEnumerable<WorkedExample> All =>
    [
        Of("minus, base 0.5", .9467897025, new(), [-.50716496, .60859795], [.65622224, -.05965657]),
        Of("minus, base 1", 1.0573592626, new() { PairBase = 1 }, [-.26430873, .31717048], [.38057696, -.03459791]),
        Of("as printed", 2.5730345686, new() { PairBase = 1, PairSign = HybridProxyPair.Sign.Plus }, [-.74493491, .89392189],
            [.91547699, -.08322518]),
    ];

    private static WorkedExample Of(string variant, double expected, HybridProxyPair.Options options, double[] second, double[] fourth)
        => new("hybrid-proxy-pair", variant, expected, at => HybridProxyPair.Value(at[0], FourLabels, at[1], options),
            ExampleInput.Rows(FourRawRows, 2, (1, second), (3, fourth)),
            ExampleInput.Rows([.9, .1, .2, .8, -.7, .4], 2, -.03823366, .34410297, .22212452, -.05553113, .13130855, .22978995))
        { Decimals = 7 };
}
