using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;

namespace Dml.Training.Tests.Losses.Examples;

internal static class ProxyNcaExamples
{
    private static readonly double[] Proxies = [.9, .1, .2, .8, -.7, .4];

    internal static IEnumerable<WorkedExample> All =>
    [
        Of("proxy-nca", "paper form, lengths 1", -.4272664732, new() { Form = ProxyNca.Form.Paper, SampleScale = 1, ProxyScale = 1 }),
        Of("proxy-nca", "paper form, lengths 3", -5.6919985541, new() { Form = ProxyNca.Form.Paper },
            ExampleInput.Rows(FourRawRows, 2, (0, [-.85704876, 4.28524380])), ExampleInput.Rows(Proxies, 2, (2, [4.31440577, 7.55021009]))),
        Of("proxy-nca", "softmax, lengths 1, no smoothing", .5252032757, new() { SampleScale = 1, ProxyScale = 1, Smoothing = 0 }),
        Of("proxy-nca-plus-plus", "softmax, lengths 3, no smoothing", .1594241719, new() { Smoothing = 0 },
            ExampleInput.Rows(FourRawRows, 2, -.00003101, .00015507, -1.60649563, 1.92779476, -.78728008, -.26242669, -.00014174,
                .00001289),
            ExampleInput.Rows(Proxies, 2, .11546932, -1.03922390, 1.60518840, -.40129710, .26847056, .46982348)),
        Of("proxy-nca", "softmax, lengths 3, smoothing 0.1", 1.5187156420, new()),
        Of("proxy-nca", "softmax, lengths 1 and 8, smoothing 0.1", 1.3807072625, new() { SampleScale = 1, ProxyScale = 8 }),
    ];

    private static WorkedExample Of(
        string method, string variant, double expected, ProxyNca.Options options, ExampleInput? rows = null, ExampleInput? proxies = null)
        => new(method, variant, expected, at => ProxyNca.Value(at[0], FourLabels, at[1], options),
            rows ?? ExampleInput.Rows(FourRawRows, 2, Array.Empty<double>()),
            proxies ?? ExampleInput.Rows(Proxies, 2, Array.Empty<double>()))
        { Decimals = 8 };
}
