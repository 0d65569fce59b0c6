using Dml.Training.Losses;
using Dml.Training.Losses.Ranking;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

// Seven rows of three classes, of which one has one row. Computed with PyTorch in double precision from the papers' formulas, written as
// loops.
internal static class PairExamples
{
    private static readonly double[] Rows = [1, .2, .6, .5, -.3, .9, .1, 1.1, .7, -.4, .5, .5, -.8, .3];
    private static readonly long[] Labels = [0, 0, 1, 1, 0, 1, 2];

    internal static IEnumerable<WorkedExample> All =>
    [
        Of("supcon", "temperature 0.1", 2.5092096612, rows => SupCon.Value(new(rows, Labels), new()),
            -.02058261, .10291303, -1.73992083, 2.087905, -1.08443197, -.36147732, -.98717188, .0897429, -.85128072, -1.48974126,
            2.95526052, -2.95526052, .02894654, .07719079),
        Of("supcon", "temperature 0.5", 1.4512957431, rows => SupCon.Value(new(rows, Labels), new() { Temperature = .5 }),
            -.03469945, .17349726, -.38763959, .46516751, -.20004563, -.06668188, .06192066, -.00562915, -.09487041, -.16602322,
            .53007749, -.53007749, .04129542, .11012112),
        Of("nt-xent", "temperature 0.07", 2.2997602701, rows => NtXent.Value(new(rows, Labels), new()),
            -.14494014, .72470072, -2.26580392, 2.7189647, -2.92290665, -.97430222, -.55616308, .05056028, -1.04380548, -1.82665959,
            4.50230935, -4.50230935, .35310343, .94160914),
        Of("nt-xent", "temperature 0.5", 1.137978239, rows => NtXent.Value(new(rows, Labels), new() { Temperature = .5 }),
            -.05115652, .25578259, -.47578716, .57094459, -.2393693, -.07978977, .11614999, -.01055909, -.09610538, -.16818441,
            .65972872, -.65972872, .05799562, .15465499),
        Of("circle", "gamma 80, margin 0.4", 45.3080086462, rows => Circle.Value(new(rows, Labels), new()),
            -2.79700034, 13.98500172, -32.90304248, 39.48365098, -33.45140679, -11.15046893, 4.71660159, -.42878196, -19.54700419,
            -34.20725733, 40.47664481, -40.47664481, 4.38322761, 11.68860696) with { IsWholeGradient = false },
        Of("circle", "gamma 16, margin 0.25", 12.2600515677, rows => Circle.Value(new(rows, Labels), new() { Gamma = 16, Margin = .25 }),
            -.39447555, 1.97237773, -5.78890625, 6.9466875, -5.65754361, -1.88584787, 1.21215459, -.11019587, -2.90522955, -5.0841517,
            6.92156306, -6.92156306, .73328686, 1.95543164) with { IsWholeGradient = false },
        Of("ranked-list", "alpha 1.2, margin 0.4", .3647864889, rows => RankedList.Value(new(rows, Labels), new()),
            -.01338619, .06693093, -.26924365, .32309238, -.24240754, -.08080251, .05957344, -.00541577, -.07221063, -.1263686,
            .33234477, -.33234477, .05126037, .13669432) with { IsWholeGradient = false },
        Of("ranked-list", "equal weights", .2114204135,
            rows => RankedList.Value(new(rows, Labels), new() { Alpha = 1, Margin = .2, Temperature = 0, Lambda = .3 }),
            -.01183218, .05916091, -.21842996, .26211596, -.24749171, -.08249724, .05355039, -.00486822, -.10109488, -.17691604,
            .27447063, -.27447063, .03179242, .08477978),
        Of("angular", "45 degrees", 3.0149921878, rows => Angular.Value(new(rows, Labels), new()),
            -.16865152, .8432576, -2.19768248, 2.63721897, .0090604, .00302013, .36438825, -.0331262, .11194214, .19589875, 3.03794254,
            -3.03794254, .11873584, .31662891),
        Of("angular", "36 degrees", 1.4436675983, rows => Angular.Value(new(rows, Labels), new() { Angle = 36 }),
            -.09150691, .45753454, -1.04461571, 1.25353885, -.16019442, -.05339814, .19341263, -.01758297, -.06438616, -.11267577,
            1.43004185, -1.43004185, .06627943, .17674515),
        Of("fast-ap", "10 bins", .3544320239, rows => FastAp.Value(new(rows, Labels), new()),
            -.01612793, .08063964, -.3408047, .40896563, -.12378517, -.04126172, .10309923, -.00937266, -.00602494, -.01054364,
            .39591931, -.39591931, .04248323, .11328863),
        Of("fast-ap", "4 bins", .4213768469, rows => FastAp.Value(new(rows, Labels), new() { Bins = 4 }),
            -.01872495, .09362473, -.18526648, .22231977, -.16462426, -.05487475, .10919928, -.00992721, -.01450066, -.02537615,
            .25115544, -.25115544, .03788554, .10102811),
        Of("smooth-ap", "temperature 0.01", .1551642469, rows => SmoothAp.Value(rows, Labels, new()),
            -.00059723, .00298617, -.22601213, .27121456, .06832793, .02277598, -.00042946, .00003904, -.04246777, -.07431859, .14197867,
            -.14197867, 0, .00000001),
        Of("smooth-ap", "temperature 0.1", .1918003404, rows => SmoothAp.Value(rows, Labels, new() { Temperature = .1 }),
            -.01413076, .0706538, -.1747093, .20965117, -.04867115, -.01622372, .04821704, -.00438337, -.01512725, -.02647269, .22721014,
            -.22721014, .01234005, .03290679),
        Of("recall-at-k", "k 1, 2, 4, 8, 16", .2461842112, rows => RecallAtK.Value(rows, Labels, new()),
            -.00044735, .00223677, -.13795133, .1655416, .08001581, .02667194, -.0008221, .00007474, -.04970258, -.08697951, .01075614,
            -.01075614, 0, .00000001),
        Of("recall-at-k", "k 1 and 2, temperatures 0.1 and 0.5", .6236460001,
            rows => RecallAtK.Value(rows, Labels, new() { K = [1, 2], Temperature = .1, RankTemperature = .5 }),
            -.0012407, .00620351, -.28535534, .34242641, -.06848718, -.02282906, .08425205, -.00765928, -.00234302, -.00410028,
            .29445893, -.29445893, .01288883, .03437022),
    ];

    private static WorkedExample Of(string method, string variant, double expected, Func<Tensor, Tensor> loss, params double[] gradient)
        => new(method, variant, expected, at => loss(at[0]), ExampleInput.Rows(Rows, 2, gradient)) { Decimals = 7 };
}
