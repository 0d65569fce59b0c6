using Dml.Training.Catalogues;

namespace Dml.Training.Losses.Regularizers;

/// <summary>Every regularizer that the loss <c>regularized</c> can name.</summary>
public static class RegularizerCatalogue
{
    /// <summary>The table, one line per regularizer.</summary>
    public static IReadOnlyList<Method<IRegularizer>> All { get; } =
    [
        Method<IRegularizer>.Of<ZeroMean.Options>(
            "zero-mean",
            "The mean over rows of |sum of a row's numbers| (K. Musgrave, S. Belongie, S.-N. Lim, PyTorch Metric Learning, arXiv "
                + "2008.09164); ofBatch: the length of the mean of the batch's unit rows.",
            options => new ZeroMean(options)),
        Method<IRegularizer>.Of<Lp.Options>(
            "lp",
            "The mean length of the rows in the p-norm (K. Musgrave, S. Belongie, S.-N. Lim, PyTorch Metric Learning, arXiv 2008.09164).",
            options => new Lp(options)),
        Method<IRegularizer>.Of<RegularFace.Options>(
            "regular-face",
            "The mean cosine of each class's vector to the nearest other (K. Zhao, J. Xu, M.-M. Cheng, RegularFace, CVPR 2019); for losses "
                + "with proxies or a classifier.",
            _ => new RegularFace()),
        Method<IRegularizer>.Of<CentreInvariant.Options>(
            "centre-invariant",
            "The variance of the squared lengths of the classes' vectors, over 4 (Y. Wu, H. Liu, J. Li, Y. Fu, Deep Face Recognition with "
                + "Center Invariant Loss, Thematic Workshops of ACM Multimedia 2017); for losses with proxies or a classifier.",
            _ => new CentreInvariant()),
    ];

    internal static IRegularizer Create(MethodChoice choice) => Catalogue.Find("regularizer", All, choice.Name).Make(choice.Options);
}
