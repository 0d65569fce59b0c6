using Dml.Training.Losses.Softmax;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

// Computed with PyTorch in double precision from the papers' formulas, written as loops.
internal static class SoftmaxExamples
{
    private static readonly double[] Vectors = [.9, .1, .2, .8, -.7, .4];
    private static readonly double[] Centres = [.9, .1, .5, -.4, .2, .8, -.4, .9, -.7, .4, -.2, -.6];

    internal static IEnumerable<WorkedExample> All =>
    [
        Of("normalized-softmax", "temperature 0.05", .1477999786,
            (rows, vectors) => NormalizedSoftmax.Value(rows, FourLabels, vectors, new()), Vectors,
            [-.00001106, .00005531, -1.72615217, 2.0713826, -.73761203, -.24587068, -.00005039, .00000458],
            [.1240689, -1.11662009, 1.66776981, -.41694245, .25148417, .4400973]),
        Of("cosface", "scale 64, margin 0.35", 9.1960287784, (rows, vectors) => CosFace.Value(rows, FourLabels, vectors, new()), Vectors,
            [-.00000263, .00001316, -14.96983084, 17.96379701, -19.25872367, -6.41957456, -.00000996, .00000091],
            [1.075967, -9.68370301, 21.21210177, -5.30302544, 6.56536991, 11.48939735]),
        Of("cosface", "scale 16, margin 0.2", 1.1604688742,
            (rows, vectors) => CosFace.Value(rows, FourLabels, vectors, new() { Scale = 16, Margin = .2 }), Vectors,
            [-.00210114, .01050572, -3.52193211, 4.22631854, -4.02276937, -1.34092312, -.00960489, .00087317],
            [.25321872, -2.27896849, 4.73750868, -1.18437717, 1.37712572, 2.40997001]),
        Of("arcface", "scale 64, margin 0.5", 9.6306642878, (rows, vectors) => ArcFace.Value(rows, FourLabels, vectors, new()), Vectors,
            [0, 0, -19.3297123, 23.19565476, -24.67872341, -8.22624114, 0, 0],
            [1.72463214, -15.52168929, 27.58855486, -6.89713872, 6.56536443, 11.48938776]),
        Of("arcface", "scale 16, margin 1.5: past 180 degrees", 13.8580064094,
            (rows, vectors) => ArcFace.Value(rows, FourLabels, vectors, new() { Scale = 16, Margin = 1.5 }), Vectors,
            [-1.4631141, 7.31557052, -4.79066513, 5.74879815, -6.18527859, -2.06175953, -6.66232943, .60566631],
            [.89756508, -8.07808576, 15.85281092, -3.96320273, 3.81063964, 6.66861937]),
        Of("sub-center-arcface", "two centres", 5.4359602284,
            (rows, vectors) => ArcFace.Value(rows, FourLabels, vectors, new() { Centres = 2 }), Centres,
            [0, 0, -19.3297123, 23.19565476, -.00874802, -.00291601, 0, 0],
            [1.72463214, -15.52168929, 0, 0, 11.10619462, -2.77654865, -.04339545, -.01928687, .03416534, .05978934, 0, 0]),
        Of("soft-triple", "two centres", .2340939626,
            (rows, vectors) => SoftTriple.Value(rows, FourLabels, vectors, new() { Centres = 2 }), Centres,
            [-.00001541, .00007707, -1.89717006, 2.27660407, -.03792215, -.01264072, -.00010497, .00000954],
            [.13530193, -1.2177174, -.0116998, -.01462475, 1.48648467, -.37162117, -.07331012, -.03258227, .04174223, .07304891,
            .03169956, -.01056652]),
        Of("soft-triple", "one centre", .1741269173,
            (rows, vectors) => SoftTriple.Value(rows, FourLabels, vectors, new() { Centres = 1 }), Vectors,
            [-.00001351, .00006756, -1.94909575, 2.3389149, -.8771205, -.2923735, -.00006155, .0000056],
            [.14009324, -1.26083914, 1.9063948, -.4765987, .29904966, .52333691]),
    ];

    private static WorkedExample Of(
        string method, string variant, double expected, Func<Tensor, Tensor, Tensor> loss, double[] vectors, double[] ofRows,
        double[] ofVectors)
        => new(method, variant, expected, at => loss(at[0], at[1]),
            ExampleInput.Rows(FourRawRows, 2, ofRows), ExampleInput.Rows(vectors, 2, ofVectors))
        { Decimals = 7 };
}
