using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

internal static class RelationalDistillationExamples
{
    private static readonly double[] OfTeacher = [.9, .1, .3, .7, .4, -.2, -.2, .8, .5, .3, 1, -.4];

    internal static IEnumerable<WorkedExample> All =>
    [
        Of("distances", .0278063484, s => RelationalDistillation.OfDistances(s, Teacher()), .02338439, -.01248482, -.00264147, -.00647665,
            .06470869, .04482037, -.08545161, -.02585890),
        Of("distances, distinct", .0370751312, s => RelationalDistillation.OfDistances(s, Teacher(), true)),
        Of("angles", .0369105695, s => RelationalDistillation.OfAngles(s, Teacher()), .02219065, .02509011, .00103571, -.01349498,
            -.02441595, .07885858, .00118958, -.09045371),
        Of("angles, distinct", .0984281853, s => RelationalDistillation.OfAngles(s, Teacher(), true)),
        Of("distances + 2 x angles", .1016274874, s => RelationalDistillation.Value(s, Teacher(), new()), .06776570, .03769539, double.NaN,
            double.NaN, double.NaN, double.NaN, double.NaN, double.NaN),
    ];

    private static Tensor Teacher() => tensor(OfTeacher, [4, 3]);

    private static WorkedExample Of(string variant, double expected, Func<Tensor, Tensor> loss, params double[] gradient)
        => new("relational-distillation", variant, expected, at => loss(at[0]), ExampleInput.Rows(FourRawRows, 2, gradient))
        { Decimals = 8 };
}
