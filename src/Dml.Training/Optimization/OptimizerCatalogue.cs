using Dml.Training.Catalogues;

namespace Dml.Training.Optimization;

/// <summary>Every optimizer that a recipe's <c>training.optimizer</c> can name.</summary>
public static class OptimizerCatalogue
{
    /// <summary>The table, one line per optimizer.</summary>
    public static IReadOnlyList<Method<UpdateRule>> All { get; } =
    [
        Method<UpdateRule>.Of<AdamW.Options>(
            "adamw", "I. Loshchilov, F. Hutter, Decoupled Weight Decay Regularization, ICLR 2019, arXiv 1711.05101",
            options => new AdamW(options)),
        Method<UpdateRule>.Of<AdamW.Options>(
            "adam", "D. P. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, ICLR 2015, arXiv 1412.6980",
            options => new Adam(options)),
        Method<UpdateRule>.Of<AdamW.Options>(
            "radam", "L. Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, ICLR 2020, arXiv 1908.03265",
            options => new RAdam(options)),
        Method<UpdateRule>.Of<Sgd.Options>(
            "sgd",
            "I. Sutskever, J. Martens, G. Dahl, G. Hinton, On the Importance of Initialization and Momentum in Deep Learning, ICML 2013",
            options => new Sgd(options)),
    ];

    /// <summary>The chosen rule.</summary>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    internal static UpdateRule Create(MethodChoice choice) => Catalogue.Find("optimizer", All, choice.Name).Make(choice.Options);
}
