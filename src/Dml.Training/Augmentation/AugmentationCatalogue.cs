using Dml.Training.Catalogues;

namespace Dml.Training.Augmentation;

/// <summary>Random changes of training pictures.</summary>
public static class AugmentationCatalogue
{
    private const string ContrastiveViews =
        "T. Chen, S. Kornblith, M. Norouzi, G. Hinton, A Simple Framework for Contrastive Learning, ICML 2020, arXiv 2002.05709, appendix "
            + "A";

    /// <summary>The table.</summary>
    public static IReadOnlyList<Method<IAugmentation>> All { get; } =
    [
        Method<IAugmentation>.Of<RandomResizedCrop.Options>(
            "random-resized-crop", "C. Szegedy et al., Going Deeper with Convolutions, CVPR 2015, arXiv 1409.4842, section 6",
            options => new RandomResizedCrop(options)),
        Method<IAugmentation>.Of<RandomAffine.Options>(
            "random-affine", "P. Simard, D. Steinkraus, J. Platt, Best Practices for Convolutional Neural Networks, ICDAR 2003",
            options => new RandomAffine(options)),
        Method<IAugmentation>.Of<RandomFlip.Options>(
            "random-flip",
            "A. Krizhevsky, I. Sutskever, G. Hinton, ImageNet Classification with Deep Convolutional Neural Networks, NIPS 2012, section "
                + "4.1",
            options => new RandomFlip(options)),
        Method<IAugmentation>.Of<ColourJitter.Options>("colour-jitter", ContrastiveViews, options => new ColourJitter(options)),
        Method<IAugmentation>.Of<RandomGreyscale.Options>("random-greyscale", ContrastiveViews, options => new RandomGreyscale(options)),
        Method<IAugmentation>.Of<RandomInversion.Options>(
            "random-inversion", "E. Cubuk et al., AutoAugment, CVPR 2019, arXiv 1805.09501: the operation Invert",
            options => new RandomInversion(options)),
        Method<IAugmentation>.Of<RandomPaper.Options>(
            "random-paper", "Coloured background for drawings on white; no paper", options => new RandomPaper(options)),
        Method<IAugmentation>.Of<RandomBlur.Options>("random-blur", ContrastiveViews, options => new RandomBlur(options)),
    ];
}
